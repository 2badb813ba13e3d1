"""Encode and decode page cursors: where a page ended, and the version and the query it belongs to.

A cursor is opaque to clients: base64url of JSON. Decoding trusts it no more than a query parameter.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from domain import exact_json
from domain.errors import BadRequest, Fault
from projections.query.compiled import QuerySpec


@dataclass(frozen=True, slots=True)
class PageCursor:
    """Points to the page after the record with the sort values `after`: texts (None for null), including its id."""

    version: int
    spec: QuerySpec
    after: tuple[str | None, ...]


def encode(cursor: PageCursor) -> str:
    spec = cursor.spec
    return pack([cursor.version, cursor.after, spec.filter, spec.sort, spec.search, spec.now])


def decode(text: str) -> PageCursor:
    """Decode a cursor. Raises BadRequest `invalid-cursor` for a text that `encode` did not return."""
    body = unpack(text)
    if len(body) < 2 or not _is_valid(body[0], body[1], body[2:]):
        raise invalid_cursor()
    return PageCursor(body[0], QuerySpec(*body[2:]), tuple(body[1]))


def pack(body: Sequence[object]) -> str:
    """Encode the contents of a cursor (texts, integers, nulls) as the text that clients send back."""
    return base64.urlsafe_b64encode(json.dumps(body).encode()).decode().rstrip("=")


def unpack(text: str) -> list[Any]:
    """Decode the text of a cursor to a list of JSON values. The text may be forged.

    Raises BadRequest `invalid-cursor` if it is not base64url of a JSON array.
    """
    try:
        body = exact_json.loads(base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True))
        exact_json.dumps(body).encode()  # fails for half a surrogate pair, which JSON allows
    except (binascii.Error, ValueError, TypeError, UnicodeDecodeError):
        raise invalid_cursor() from None
    if not isinstance(body, list):
        raise invalid_cursor()
    return body


def _is_valid(version: object, after: object, spec: Sequence[object]) -> bool:
    texts = len(spec) == len(fields(QuerySpec)) and all(isinstance(text, str) for text in spec)
    keys = isinstance(after, list) and all(key is None or isinstance(key, str) for key in after)
    has_id = isinstance(after, list) and any(after)  # the id is among the keys, and never null
    return texts and keys and has_id and type(version) is int and 0 < version < 2**63


def invalid_cursor() -> BadRequest:
    """The error for a cursor that this service did not create, or that does not fit the sort."""
    detail = "the cursor was not created by this service for this query; use `next` from a page"
    return BadRequest("invalid-cursor", detail, (Fault("cursor", "invalid-cursor", detail),))
