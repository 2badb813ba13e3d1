"""OData 4.0 under `/odata`: Excel, Power BI, Tableau and SAP read the datasets, now or as of the past."""
