"""A dataset's life: the wishes it hears, the facts it remembers and the rule between them."""
