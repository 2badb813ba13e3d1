"""Exports written as files or streams."""
