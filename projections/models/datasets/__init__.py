"""The heads read model: one row a dataset, what it is now and at which version.

Table `datasets`, keyed by dataset. `heads.py` says which events feed it and how they change it; `dataset_reads.py`,
how it is read.
"""
