"""From a command to a committed event: the bus, the handler, idempotency keys, leases and bulk changes."""
