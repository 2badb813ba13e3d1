"""Build read models from events and chunks, and answer queries from them. Every read model can be rebuilt."""
