"""What `tools/compile_data_raw.py` is made of: one module for each table of data/raw."""
