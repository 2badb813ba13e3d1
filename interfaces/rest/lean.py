"""Hot routes without FastAPI's injection, which takes longer than the read itself.

A route is still declared to FastAPI, which documents it; here its parameters are bound by the same fields, with the
same refusals, only straight away. Fit for routes that take a request, path parameters as texts and query parameters.
"""

from collections.abc import Callable, Iterable
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.routing import Route

from interfaces.rest.requests import must_be_known


def lean(routers: Iterable[APIRouter], endpoints: Iterable[Callable[..., Any]]) -> list[Route]:
    """The routes of these endpoints, made lean; they go before those that FastAPI serves."""
    routes = {r.endpoint: r for router in routers for r in router.routes if isinstance(r, APIRoute)}
    return [_lean(routes[endpoint]) for endpoint in endpoints]


def _lean(route: APIRoute) -> Route:
    endpoint, dependant = route.endpoint, route.dependant
    fields = {field.alias: field for field in dependant.query_params}
    defaults = {field.name: field.default for field in dependant.query_params}
    known = list(fields)

    async def serve(request: Request) -> Response:
        must_be_known(request, known)
        bound = {"request": request, **request.path_params, **defaults}
        errors: list[object] = []
        for name, text in request.query_params.items():
            field = fields[name]
            bound[field.name], wrong = field.validate(text, {}, loc=("query", name))
            errors += wrong
        if errors:
            raise RequestValidationError(errors)
        response: Response = await endpoint(**bound)
        return response

    return Route(route.path, serve, methods=sorted(route.methods or ()), include_in_schema=False)
