"""Read queries: find a snapshot of a dataset, then read its records as of that version."""
