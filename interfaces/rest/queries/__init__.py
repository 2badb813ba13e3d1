"""Aggregates, joins and profiles of datasets."""
