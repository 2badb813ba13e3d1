"""The outside world: HTTP, command line, file formats, the embedded database."""
