"""Idempotency keys and the claims that protect them."""
