"""A page's cursor: where the page ended, and the version and question it belongs to.

Opaque to callers: base64url of JSON. Nothing in it is trusted beyond what a query parameter could say as well.
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
    """The page after the record whose sort values, its id among them, are `after` (as text; None for null)."""

    version: int
    asked: QuerySpec
    after: tuple[str | None, ...]


def encode(cursor: PageCursor) -> str:
    asked = cursor.asked
    return pack([cursor.version, cursor.after, asked.filter, asked.sort, asked.search, asked.now])


def decode(text: str) -> PageCursor:
    """Raises BadRequest `invalid-cursor` for anything `encode` did not make."""
    body = unpack(text)
    if len(body) < 2 or not _is_valid(body[0], body[1], body[2:]):
        raise invalid_cursor()
    return PageCursor(body[0], QuerySpec(*body[2:]), tuple(body[1]))


def pack(body: Sequence[object]) -> str:
    """What a cursor keeps (texts, integers, nulls), as the text that callers carry."""
    return base64.urlsafe_b64encode(json.dumps(body).encode()).decode().rstrip("=")


def unpack(text: str) -> list[Any]:
    """What `packed` was given, though anyone may have written it: an array of what JSON has.

    Raises BadRequest `invalid-cursor` for anything else.
    """
    try:
        body = exact_json.loads(base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True))
        exact_json.dumps(body).encode()  # half a surrogate pair, which JSON may spell, is no text
    except (binascii.Error, ValueError, TypeError, UnicodeDecodeError):
        raise invalid_cursor() from None
    if not isinstance(body, list):
        raise invalid_cursor()
    return body


def _is_valid(version: object, after: object, asked: Sequence[object]) -> bool:
    texts = len(asked) == len(fields(QuerySpec)) and all(isinstance(text, str) for text in asked)
    keys = isinstance(after, list) and all(key is None or isinstance(key, str) for key in after)
    somewhere = isinstance(after, list) and any(after)  # the id is among the keys, and never null
    return texts and keys and somewhere and type(version) is int and 0 < version < 2**63


def invalid_cursor() -> BadRequest:
    """The refusal of a cursor that was not made here, or not for this sort."""
    detail = "the cursor is not one this service gave out; take `next` from a page"
    return BadRequest("invalid-cursor", detail, (Fault("cursor", "invalid-cursor", detail),))
