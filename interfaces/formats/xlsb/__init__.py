"""Binary Excel workbooks (XLSB)."""
