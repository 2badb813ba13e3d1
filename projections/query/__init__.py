"""Reads: a snapshot of a dataset, then rows as of its version."""
