"""`Accept: application/json;numbers=string`: the numbers among records' values are sent as strings.

JavaScript's numbers keep 15 to 17 digits. The values of records, of their changes, of groups and of profiles are
converted, in any response; ids, versions and counts stay numbers. A file is sent as it is.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain import exact_json
from interfaces.http.quality import parse_quality

MEDIA_TYPE = "application/json;numbers=string"

VALUE_MEMBERS = frozenset(
    {"values", "before", "after", "group", "measures", "least", "greatest", "mean", "value", "from", "to"}
)
"""The members of a JSON object that hold a value, or values by column. Bars of a histogram go from one value to
another."""

_JSON = re.compile(r"\s*application/json\s*(?=;|\Z)", re.IGNORECASE)
_AS_TEXT = re.compile(r';\s*numbers\s*=\s*(?:string|"string")\s*(?=;|\Z)', re.IGNORECASE)


class NumbersAsText:
    """ASGI middleware that sends numbers as strings to those who ask for it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not any(
            name == b"accept" and b"numbers" in value.lower() and _prefers_text(Headers(scope=scope))
            for name, value in scope["headers"]
        ):
            await self._app(scope, receive, send)
            return
        await self._app(scope, receive, _ConvertedResponse(send).send)


def _prefers_text(headers: Headers) -> bool:
    """Whether numbers as strings are accepted, and not less than JSON with numbers."""
    weights = {True: 0.0, False: 0.0}
    for element in ",".join(headers.getlist("accept")).split(","):
        if _JSON.match(element) is not None:
            as_text = _AS_TEXT.search(element) is not None
            weights[as_text] = max(weights[as_text], parse_quality(element))
    return weights[True] > 0 and weights[True] >= weights[False]


class _ConvertedResponse:
    """Holds the start of a JSON response until its content, which comes in one piece, is converted."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_json(message):
            self._start = message
            return
        if self._start is not None:
            start, self._start = self._start, None
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                message = await _convert(start, message)
            await self._send(start)
        await self._send(message)


def _is_json(start: Message) -> bool:
    headers = dict(start["headers"])
    is_file = b"content-disposition" in headers
    return not is_file and headers.get(b"content-type", b"").partition(b";")[0].strip() == b"application/json"


async def _convert(start: Message, message: Message) -> Message:
    if not (body := message.get("body", b"")):
        return message
    converted = await to_thread.run_sync(_convert_body, body)
    headers = MutableHeaders(raw=start["headers"])
    headers["content-type"] = MEDIA_TYPE
    headers["content-length"] = str(len(converted))
    return {**message, "body": converted}


def _convert_body(body: bytes) -> bytes:
    return exact_json.dumps(_convert_members(exact_json.loads(body))).encode()


def _convert_members(found: Any) -> Any:
    match found:
        case Mapping():
            return {
                name: _convert_values(value) if name in VALUE_MEMBERS else _convert_members(value)
                for name, value in found.items()
            }
        case list():
            return [_convert_members(item) for item in found]
        case _:
            return found


def _convert_values(found: Any) -> Any:
    match found:
        case bool():
            return found
        case int() | Decimal():
            return exact_json.dumps(found)
        case Mapping():
            return {name: _convert_values(value) for name, value in found.items()}
        case list():
            return [_convert_values(item) for item in found]
        case _:
            return found
