"""Records as OData entities."""
