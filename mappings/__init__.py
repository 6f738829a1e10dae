"""Reads: the standard schema, the mapping language, strip, apply, areas."""
