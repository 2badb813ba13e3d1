"""The rules and terms of the domain. Uses only the standard library."""
