"""SQL fragments that projections and queries share, and the record tables they use."""
