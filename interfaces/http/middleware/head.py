"""Answers HEAD for every GET route, with the same response without its content.

A route declared for HEAD takes precedence (resumable uploads have one). The OpenAPI document lists only GET.
"""

from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

METHOD_NOT_ALLOWED = 405


class HeadRequests:
    """ASGI middleware that answers HEAD requests."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        is_refused = False

        async def send_unless_refused(message: Message) -> None:
            nonlocal is_refused
            if message["type"] == "http.response.start":
                is_refused = message["status"] == METHOD_NOT_ALLOWED
            if not is_refused:
                await _send_headers_only(send, message)

        with suppress(ContentNotNeeded):
            await self._app(scope, receive, send_unless_refused)
        if is_refused:
            with suppress(ContentNotNeeded):
                await self._app(
                    {**scope, "method": "GET"}, receive, lambda message: _send_headers_only(send, message)
                )


class ContentNotNeeded(Exception):
    """Stops an application that would send more content, which is not needed."""


async def _send_headers_only(send: Send, message: Message) -> None:
    if message["type"] != "http.response.body":
        await send(message)
        return
    await send({"type": "http.response.body", "body": b"", "more_body": False})
    if message.get("more_body", False):
        raise ContentNotNeeded
