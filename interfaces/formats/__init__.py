"""File formats: bytes to numbered rows, and rows to bytes. They know how values are written, but no datasets."""
