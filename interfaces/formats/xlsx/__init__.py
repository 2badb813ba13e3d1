"""Excel workbooks (XLSX, XLSM)."""
