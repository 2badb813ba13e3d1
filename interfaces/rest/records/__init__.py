"""`/v1/datasets/{dataset}/records` and the routes below it."""
