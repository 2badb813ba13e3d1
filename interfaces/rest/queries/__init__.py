"""Answers computed over many records: aggregates, joins and profiles."""
