"""Check and clean the text of a CSV file for the fast pass."""
