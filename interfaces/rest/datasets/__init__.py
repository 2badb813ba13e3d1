"""`/v1/datasets` and what describes a dataset as a whole."""
