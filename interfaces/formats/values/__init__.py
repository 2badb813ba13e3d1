"""How files write values: numbers, dates, booleans, nulls."""
