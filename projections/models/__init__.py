"""The read models: one module each, with its table, the events that feed it and how it is read."""
