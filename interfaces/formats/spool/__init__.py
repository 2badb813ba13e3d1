"""Rows on disk between the pass that finds their types and the pass that returns them."""
