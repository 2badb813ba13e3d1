"""Value formats: how files write numbers, dates, booleans, JSON and nulls."""
