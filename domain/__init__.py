"""What the system means: rules and words of the domain, written with the standard library alone."""
