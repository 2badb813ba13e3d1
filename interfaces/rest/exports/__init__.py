"""`…/export` and `…/exports`."""
