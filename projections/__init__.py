"""How events become answers: read models, each of which can be rebuilt from events and chunks."""
