"""Whole datasets as streamed text, and the measures that a typed file needs first."""
