"""The types of a CSV file's columns: detected from all rows, or declared by the client."""
