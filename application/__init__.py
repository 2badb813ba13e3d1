"""How a wish becomes a fact: commands, the event store, chunks, jobs and imports."""
