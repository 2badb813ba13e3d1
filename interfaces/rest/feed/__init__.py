"""`/v1/audit` and `/v1/events`: what happened in the workspace, for people and for programs."""
