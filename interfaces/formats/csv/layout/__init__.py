"""Detect the layout of a CSV file: delimiter, quotes, header, column names."""
