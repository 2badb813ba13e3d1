"""File formats: bytes to numbered rows. They know how values are written, not what datasets are."""
