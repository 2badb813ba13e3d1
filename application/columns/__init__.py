"""Changing the columns of a dataset: their types, rules and number, with all values, as one version."""
