"""The embedded PostgreSQL: its account, its programs, its cluster and its process."""
