"""How the cells of workbooks that hold numbers are read: as numbers, dates, or with leading zeros."""
