"""Benchmarking of the 69 Optionskommunen."""
