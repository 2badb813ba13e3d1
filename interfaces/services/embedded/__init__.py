"""The parts of the embedded PostgreSQL: its account, its programs, its cluster and its process."""
