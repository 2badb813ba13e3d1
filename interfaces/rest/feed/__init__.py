"""`/v1/audit` and `/v1/events`: the events of the workspace, for people and for programs."""
