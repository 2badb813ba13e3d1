"""The pieces of SQL that projections and queries share, and the record tables they run on."""
