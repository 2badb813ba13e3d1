"""Read records as OData entities."""
