"""The heads read model: one row per dataset with its current state and version.

Table `datasets`, keyed by dataset. `heads.py` has the events that feed it and its projection; `dataset_reads.py`
reads it.
"""
