"""Services shared by all interfaces: wiring, connections, caches, storage and the job queue."""
