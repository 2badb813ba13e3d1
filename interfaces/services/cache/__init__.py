"""The page cache, in the process, in Redis, or both."""
