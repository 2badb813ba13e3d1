"""Reads a JSON file of any size window by window."""
