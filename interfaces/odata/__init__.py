"""OData 4.0 under `/odata`: Excel, Power BI, Tableau and SAP read the datasets, live or as of a point of the past."""
