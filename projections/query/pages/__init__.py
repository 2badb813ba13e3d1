"""Pages of records, with cursors that pin version and query."""
