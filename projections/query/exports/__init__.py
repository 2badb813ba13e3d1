"""Whole datasets as text, streamed, and what a typed file must know of them beforehand."""
