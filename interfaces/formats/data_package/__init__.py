"""Frictionless Data Packages: a ZIP with tables and `datapackage.json`, which describes them."""
