"""The event store: events, their chunks of bulk rows, and how both are encoded."""
