"""`/v1/jobs`: list, read, watch and cancel jobs."""
