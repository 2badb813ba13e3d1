"""OData 4.0 under `/odata`, for reading current and past versions from Excel, Power BI, Tableau and SAP."""
