"""`…/export` and `…/exports`: exports as a response or as a job."""
