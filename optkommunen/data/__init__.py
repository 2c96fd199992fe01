"""Bundled tables, the register of the 69, their rings and boundaries, and the dictionary of indicators."""
