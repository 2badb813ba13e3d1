"""The methods of a path, which several routes share."""

from fastapi import Request
from fastapi.routing import iter_route_contexts
from starlette.routing import Match

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def allowed_methods(request: Request) -> str:
    """The value of the `Allow` header for the request's path. HEAD works wherever GET does.

    Of the routes that match the path, those of the API document come first, and then those with the fewest
    parameters: `…/records/query` is no record.
    """
    ranks = {method: rank for method in METHODS if (rank := _rank_route(request, method)) is not None}
    first = min(ranks.values(), default=None)
    found = [method for method, rank in ranks.items() if rank == first]
    return ", ".join([*found, *(["HEAD"] if "GET" in found else []), "OPTIONS"])


def _rank_route(request: Request, method: str) -> tuple[bool, int] | None:
    """Whether the route that takes the method is hidden, and its number of path parameters; None: no route does."""
    for context in iter_route_contexts(request.app.routes):
        route = context.original_route
        match, found = route.matches({**request.scope, "method": method})
        if match is Match.FULL:
            return not getattr(route, "include_in_schema", True), len(found["path_params"])
    return None
