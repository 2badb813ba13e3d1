"""Compute and write changes of many records at once, in SQL."""
