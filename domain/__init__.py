"""What the system means: rules and terms of the domain, written with the standard library alone."""
