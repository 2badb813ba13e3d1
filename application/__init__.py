"""How a command becomes an event: the log, the command handler, jobs, imports, exports and uploads."""
