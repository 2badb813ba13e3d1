"""Writes exports as files or streams."""
