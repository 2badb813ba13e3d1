"""Imports: a file becomes records of a new or an existing dataset."""
