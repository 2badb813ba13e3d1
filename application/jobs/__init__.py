"""Work that outlives a request: one life cycle for all kinds of jobs."""
