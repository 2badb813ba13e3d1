"""Changes of the columns of a dataset."""
