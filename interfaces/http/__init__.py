"""HTTP functions shared by REST and OData: problems, preconditions, preferences, responses."""
