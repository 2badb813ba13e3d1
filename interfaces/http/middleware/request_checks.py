"""Checks every request and WebSocket before it is handled: host, origin, URL and whether a body has a type.

It runs within CORS, so that a page of an allowed origin may read a refusal, and outside everything else, so that no
route and no fast route can forget it.
"""

from starlette.types import ASGIApp, Receive, Scope, Send

from domain.errors import Refusal
from interfaces.http import problems
from interfaces.http.middleware.request_sources import RequestSources
from interfaces.http.middleware.url_checks import check_url


class RequestChecks:
    """ASGI middleware that refuses requests before anything else reads them."""

    def __init__(self, app: ASGIApp, sources: RequestSources) -> None:
        self._app = app
        self._sources = sources

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            try:
                self._sources.check(scope)
                check_url(scope)
            except Refusal as refusal:
                await problems.refuse(scope, receive, send, refusal)
                return
        await self._app(scope, receive, send)
