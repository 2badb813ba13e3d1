"""`Idempotency-Key`: a repeated POST or PATCH gets the response of the first one and is not executed twice.

The key is acquired before the route runs, the body is hashed while the route reads it, and the response is stored
before it is sent. Requests without a key pass unchanged.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable

from fastapi import Request, Response
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from application.commands.idempotency.idempotency_claims import ClaimEffect
from application.commands.idempotency.idempotency_keys import (
    AcquiredKey,
    CompletedKey,
    KeyedRequest,
    StoredResponse,
    key_reused_error,
)
from domain.errors import BadRequest, Refusal
from interfaces.http import idempotent_request, problems
from interfaces.http.idempotent_request import HashedBody, IdempotentRequest, is_same_body
from interfaces.http.middleware.idempotency_connections import KeyStore
from interfaces.http.middleware.recorded_response import RecordedResponse
from interfaces.http.request_access import access_of

METHODS = ("POST", "PATCH")
PREFIX = "/v1/"
HEADER = b"idempotency-key"

REPLAYED_HEADER = {"Idempotency-Replayed": "true"}

_PLAIN = re.compile(r"[\x21\x23-\x7e][\x21-\x7e]{0,254}")
_QUOTED = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\]){1,255})"')
_ESCAPE = re.compile(r"\\(.)")


Recover = Callable[[Request, ClaimEffect], Awaitable[Response]]
"""Builds the response to a request that was executed by a process which died before it could respond."""


class Idempotency:
    """ASGI middleware; the application's state holds the `KeyStore` as `keys`."""

    def __init__(self, app: ASGIApp, recover: Recover) -> None:
        self._app = app
        self._recover = recover

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in METHODS or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        header_values = [value.decode("latin-1") for name, value in scope["headers"] if name == HEADER]
        if not header_values:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        keys: KeyStore = request.app.state.keys
        try:
            key = parse_key(header_values)
            access = access_of(request)
            keyed_request = KeyedRequest(access.workspace, access.principal.name, key, _request_fingerprint(scope))
            acquired = await keys.acquire(keyed_request)
            response = await self._find_response(request, keys, key, acquired)
        except ClientDisconnect:
            return
        except Exception as error:
            response = problems.response_to(request, error)
        if response is not None:
            await response(scope, receive, send)
            return
        assert isinstance(acquired, AcquiredKey)
        body = HashedBody(receive)
        recorded = RecordedResponse(send, keys, acquired.claim, body)
        try:
            await self._app(
                {**scope, idempotent_request.SCOPE_KEY: IdempotentRequest(key, acquired.claim, body)},
                body.receive,
                recorded.send,
            )
        finally:
            if not recorded.is_finished:
                await keys.release(acquired.claim)

    async def _find_response(
        self, request: Request, keys: KeyStore, key: str, acquired: AcquiredKey | CompletedKey
    ) -> Response | None:
        """The response to a request that need not be executed; None if it must be."""
        if isinstance(acquired, CompletedKey):
            if not await is_same_body(request.receive, acquired.body):
                raise key_reused_error(key)
            return _replay_response(acquired.response)
        if acquired.done is None or acquired.body is None:
            return None
        is_finished = False
        try:
            if not await is_same_body(request.receive, acquired.body):
                raise key_reused_error(key)
            try:
                response = await self._recover(request, acquired.done)
            except Refusal as refusal:
                response = problems.response_to(request, refusal)
            headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in response.raw_headers]
            await keys.complete(
                acquired.claim, acquired.body, StoredResponse(response.status_code, headers, bytes(response.body))
            )
            is_finished = True
        finally:
            if not is_finished:
                await keys.release(acquired.claim)
        response.headers.update(REPLAYED_HEADER)
        return response


def parse_key(header_values: list[str]) -> str:
    """The key in the header's values, plain or quoted as a structured field. Raises BadRequest."""
    text = header_values[0].strip()
    if len(header_values) == 1 and _PLAIN.fullmatch(text):
        return text
    if len(header_values) == 1 and (match := _QUOTED.fullmatch(text)):
        return _ESCAPE.sub(r"\1", match[1])
    values = ", ".join(header_values)[:60]
    detail = (
        f"Idempotency-Key: {values!r} is invalid; send one key of 1 to 255 visible ASCII characters, such as a UUID"
    )
    raise BadRequest("invalid-idempotency-key", detail)


def _request_fingerprint(scope: Scope) -> bytes:
    parts = (scope["method"].encode(), scope["path"].encode(), scope["query_string"])
    return hashlib.sha256(b"\0".join(parts)).digest()


def _replay_response(stored: StoredResponse) -> Response:
    """The stored response; without content, as with `return=minimal`, if that was too large to store."""
    if stored.content is not None:
        response = Response(stored.content, stored.status)
        kept = stored.headers
    else:
        response = Response(None, 204 if stored.status == 200 else stored.status)
        kept = [header for header in stored.headers if not header[0].startswith("content-")]
        kept = [*kept, ("preference-applied", "return=minimal")]
    named = [*kept, *((name.lower(), value) for name, value in REPLAYED_HEADER.items())]
    response.raw_headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in named]
    return response
