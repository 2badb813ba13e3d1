"""Fast routes: calls frequent routes without FastAPI's dependency injection, which takes longer than the read itself.

A route is still declared to FastAPI, which documents it. Its parameters are validated by the same fields with the
same errors. A fast route may only take the request, path parameters as strings and query parameters.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from interfaces.http import problems
from interfaces.http.requests import check_parameters_known, reject_unknown_parameters

RouteHandler = Callable[[Request], Awaitable[Response]]


class SkippedDependency(Exception):
    """A fast route declares a dependency that would not run."""


class FastRoutes:
    """ASGI middleware that handles fast routes itself and passes on all other requests."""

    def __init__(self, app: ASGIApp, routes: "Sequence[FastRoute]") -> None:
        self._app = app
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        serve = self._find_handler(scope) if scope["type"] == "http" else None
        if serve is None:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            response = await serve(request)
        except Exception as error:
            response = problems.response_to(request, error)
        await response(scope, receive, send)

    def _find_handler(self, scope: Scope) -> RouteHandler | None:
        method, path = scope["method"], scope["path"]
        for route in self._routes:
            if method in route.methods and (match := route.path.match(path)):
                scope["path_params"] = match.groupdict()
                return route.serve
        return None


@dataclass(frozen=True, slots=True)
class FastRoute:
    path: re.Pattern[str]
    methods: frozenset[str]
    serve: RouteHandler


def build_fast_routes(routers: Iterable[APIRouter], endpoints: Iterable[Callable[..., Any]]) -> Sequence[FastRoute]:
    """The fast routes of these endpoints. Raises SkippedDependency, so that a wrong route stops the start."""
    routes = {r.endpoint: r for router in routers for r in router.routes if isinstance(r, APIRoute)}
    return [_fast_route(routes[endpoint]) for endpoint in endpoints]


def _require_no_dependencies(route: APIRoute) -> None:
    for dependency in route.dependant.dependencies:
        if dependency.call is not reject_unknown_parameters:
            name = getattr(dependency.call, "__qualname__", repr(dependency.call))
            raise SkippedDependency(
                f"{' '.join(route.methods or ())} {route.path} ({route.endpoint.__name__}) depends on {name}, which a"
                " fast route does not run; call it in the handler, or take the route out of FAST_ENDPOINTS"
            )


def _fast_route(route: APIRoute) -> FastRoute:
    _require_no_dependencies(route)
    endpoint, dependant = route.endpoint, route.dependant
    fields = {field.alias: field for field in dependant.query_params}
    defaults = {field.name: field.default for field in dependant.query_params}
    known = list(fields)

    async def serve(request: Request) -> Response:
        check_parameters_known(request, known)
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

    methods = frozenset(route.methods or ())
    return FastRoute(route.path_regex, methods | ({"HEAD"} if "GET" in methods else frozenset()), serve)
