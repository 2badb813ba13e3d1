"""The outside world: HTTP, the command line, workers, file formats, and the services they run on."""
