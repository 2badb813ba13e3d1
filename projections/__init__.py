"""How facts become answers: read models, each rebuildable from events and chunks."""
