"""`…/imports` and `/v1/inspect`: import files and inspect them."""
