"""The command line: the same use cases and read models as HTTP, on the same database."""
