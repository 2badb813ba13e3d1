"""What the interfaces share: wiring, connections, caches, storage and the job queue."""
