"""The event store: events, the chunks of bulk rows beside them, and how both are encoded."""
