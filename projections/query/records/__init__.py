"""Records one by one: a record as of a version, its history, and where it came from."""
