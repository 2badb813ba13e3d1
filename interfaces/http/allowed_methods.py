"""The methods of a path, which several routes share."""

from fastapi import Request
from starlette.routing import Match

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def allowed_methods(request: Request) -> str:
    """The value of the `Allow` header for the request's path. HEAD works wherever GET does."""
    found = [method for method in METHODS if _is_routed(request, method)]
    return ", ".join([*found, *(["HEAD"] if "GET" in found else []), "OPTIONS"])


def _is_routed(request: Request, method: str) -> bool:
    scope = {**request.scope, "method": method}
    return any(route.matches(dict(scope))[0] is Match.FULL for route in request.app.routes)
