"""One page a file; table.py names them all."""
