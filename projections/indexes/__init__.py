"""Indexes of record tables: which ones queries need, and the keeper that builds and drops them."""
