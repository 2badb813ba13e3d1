"""ASGI middleware for all routes."""
