"""The worker: a process that runs jobs."""
