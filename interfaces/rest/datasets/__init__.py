"""`/v1/datasets`: datasets, their versions and indexes, and statistics."""
