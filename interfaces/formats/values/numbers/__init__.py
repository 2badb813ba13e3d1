"""Decimal and grouped numbers as files write them."""
