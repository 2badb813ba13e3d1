"""The query languages: filters, sorts, searches, aggregations and joins, parsed and checked against columns."""
