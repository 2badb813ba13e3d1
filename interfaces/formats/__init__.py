"""File formats: read bytes into numbered rows and write rows as bytes. They do not know datasets."""
