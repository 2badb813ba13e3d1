"""The dataset aggregate: its commands, its events, and the decision between them."""
