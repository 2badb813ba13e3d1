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
from projections.query.compiled import Asked


@dataclass(frozen=True, slots=True)
class Cursor:
    """The page after the record whose sort values, its id among them, are `after` (as text; None for null)."""

    version: int
    asked: Asked
    after: tuple[str | None, ...]


def encode(cursor: Cursor) -> str:
    asked = cursor.asked
    return packed([cursor.version, cursor.after, asked.filter, asked.sort, asked.search, asked.now])


def decode(text: str) -> Cursor:
    """Raises BadRequest `invalid-cursor` for anything `encode` did not make."""
    body = unpacked(text)
    if len(body) < 2 or not _fits(body[0], body[1], body[2:]):
        raise refused()
    return Cursor(body[0], Asked(*body[2:]), tuple(body[1]))


def packed(body: Sequence[object]) -> str:
    """What a cursor keeps (texts, integers, nulls), as the text that callers carry."""
    return base64.urlsafe_b64encode(json.dumps(body).encode()).decode().rstrip("=")


def unpacked(text: str) -> list[Any]:
    """What `packed` was given, though anyone may have written it: an array of what JSON has.

    Raises BadRequest `invalid-cursor` for anything else.
    """
    try:
        body = exact_json.loads(base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True))
        exact_json.dumps(body).encode()  # half a surrogate pair, which JSON may spell, is no text
    except (binascii.Error, ValueError, TypeError, UnicodeDecodeError):
        raise refused() from None
    if not isinstance(body, list):
        raise refused()
    return body


def _fits(version: object, after: object, asked: Sequence[object]) -> bool:
    texts = len(asked) == len(fields(Asked)) and all(isinstance(text, str) for text in asked)
    keys = isinstance(after, list) and all(key is None or isinstance(key, str) for key in after)
    somewhere = isinstance(after, list) and any(after)  # the id is among the keys, and never null
    return texts and keys and somewhere and type(version) is int and 0 < version < 2**63


def refused() -> BadRequest:
    """The refusal of a cursor that was not made here, or not for this sort."""
    detail = "the cursor is not one this service gave out; take `next` from a page"
    return BadRequest("invalid-cursor", detail, (Fault("cursor", "invalid-cursor", detail),))
