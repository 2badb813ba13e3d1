"""Finds out who sends a request and whether they may see the workspace, once, before the request is handled.

All code that handles the request uses the `Access` stored here. Only CORS and the checks of the request itself run
before it: a preflight request carries no credentials, and a page of another origin may read a refusal.
"""

from fastapi import Request
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from domain.access.access import Access
from domain.errors import NotFound, Refusal, Unauthenticated
from interfaces.http import problems
from interfaces.http.request_access import SCOPE_KEY
from interfaces.services.authentication import Authenticator

PUBLIC_PATHS = (
    "/status",
    "/openapi.json",
    "/docs",
    "/docs/start.js",
    "/docs/swagger-ui-bundle.js",
    "/docs/swagger-ui.css",
)
"""Paths that reveal nothing about a workspace."""

UNAUTHENTICATED_CODE, NOT_FOUND_CODE = 4401, 4404
"""Close codes of a WebSocket."""


class AccessControl:
    """ASGI middleware; the application's state holds the service, which has the `Authenticator`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or scope["path"] in PUBLIC_PATHS:
            await self._app(scope, receive, send)
            return
        try:
            scope[SCOPE_KEY] = await _find_access(scope)
        except Exception as error:
            await _refuse(scope, receive, send, error)
        else:
            await self._app(scope, receive, send)


async def _find_access(scope: Scope) -> Access:
    """Raises Unauthenticated, or NotFound where the sender may see nothing of the workspace."""
    authenticator: Authenticator = scope["app"].state.service.authenticator
    access = await authenticator.authenticate(Headers(scope=scope))
    if not access.sees_workspace:
        raise NotFound("workspace-not-found", f"There is no workspace {access.workspace!r}")
    return access


async def _refuse(scope: Scope, receive: Receive, send: Send, error: Exception) -> None:
    if scope["type"] == "http":
        await problems.response_to(Request(scope, receive), error)(scope, receive, send)
        return
    if not isinstance(error, Refusal):
        raise error
    socket = WebSocket(scope, receive, send)
    await socket.accept()
    code = UNAUTHENTICATED_CODE if isinstance(error, Unauthenticated) else NOT_FOUND_CODE
    await socket.close(code, error.detail)
