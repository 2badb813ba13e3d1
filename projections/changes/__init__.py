"""Changes of many records at once, computed and written in SQL."""
