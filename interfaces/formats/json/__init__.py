"""JSON and newline-delimited JSON files."""
