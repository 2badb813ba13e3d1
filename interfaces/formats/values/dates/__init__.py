"""Dates and times as files write them."""
