"""Cursors of aggregates and joins, which pin versions, the position, and all parameters that must not change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.errors import BadRequest, Fault
from projections.query.pages import cursors

_VALID_PLACES = range(2**63)


@dataclass(frozen=True, slots=True)
class RequestCursor:
    """`places` are whole numbers (versions and positions); `pinned` are the request's parameters by name."""

    places: tuple[int, ...]
    pinned: Mapping[str, str]


def encode(bookmark: RequestCursor) -> str:
    return cursors.pack([list(bookmark.places), *bookmark.pinned.values()])


def decode(text: str, places: int, given: Mapping[str, str | None]) -> RequestCursor:
    """Decode a cursor with `places` numbers and the parameters of `given`.

    A parameter that is given together with the cursor (not None) must equal the pinned one.
    Raises BadRequest `invalid-cursor` or `cursor-mismatch`.
    """
    body = cursors.unpack(text)
    if not body or not _are_places(body[0], places) or not _are_texts(body[1:], len(given)):
        raise cursors.invalid_cursor()
    pinned = dict(zip(given, body[1:], strict=True))
    for name, value in given.items():
        check_cursor_agrees(name, value, pinned[name])
    return RequestCursor(tuple(body[0]), pinned)


def check_cursor_agrees(name: str, given: str | None, pinned: str) -> None:
    """Raises BadRequest `cursor-mismatch` if a parameter is given and differs from the pinned one."""
    if given is not None and given != pinned:
        detail = f"the cursor pins {name}={pinned!r}; leave {name} out or start again without the cursor"
        raise BadRequest("cursor-mismatch", detail, (Fault(name, "cursor-mismatch", detail),))


def _are_places(found: object, number: int) -> bool:
    if not isinstance(found, list) or len(found) != number:
        return False
    return all(type(place) is int and place in _VALID_PLACES for place in found)


def _are_texts(found: Sequence[object], number: int) -> bool:
    return len(found) == number and all(isinstance(text, str) for text in found)
