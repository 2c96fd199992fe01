"""What a researcher types: each function reads the catalogue, calls one pure function and hands back its answer."""
