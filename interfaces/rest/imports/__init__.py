"""`…/imports` and `/v1/inspect`."""
