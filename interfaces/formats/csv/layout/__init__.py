"""How a CSV file is laid out: delimiter, quotes, header, column names."""
