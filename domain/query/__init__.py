"""What a client may ask: filters, sorts, searches, aggregations and joins, parsed and checked against columns."""
