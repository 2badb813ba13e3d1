"""Exports that run as jobs."""
