"""Encodes the `$skiptoken` of a next link.

A token contains the page size, the rows remaining of `$top`, the number found by `$count`, and the page cursor, which
holds version, filter and sort.
"""

import re
from dataclasses import dataclass

from domain.errors import BadRequest
from interfaces.odata.negotiation import MAX_PAGE_ROWS
from interfaces.odata.options import option_refusal
from projections.query.pages import cursors
from projections.query.pages.cursors import PageCursor

_TOKEN = re.compile(r"(\d{1,4})\.(\d{0,18})\.(\d{0,18})\.([\w-]+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class SkipToken:
    """`size`: rows per page; `remaining`: rows remaining of `$top` (None: all); `count`: total number of entities
    (None: not requested); `cursor`: the end of the previous page (None: this is the first page)."""

    size: int
    remaining: int | None = None
    count: int | None = None
    cursor: PageCursor | None = None

    @property
    def limit(self) -> int:
        """Number of rows of the next page."""
        return self.size if self.remaining is None else min(self.size, self.remaining)

    def after(self, cursor: PageCursor) -> "SkipToken":
        """The token for the page after the next one, which ends at `cursor`."""
        remaining = None if self.remaining is None else self.remaining - self.limit
        return SkipToken(self.size, remaining, self.count, cursor)


def encode(token: SkipToken) -> str:
    """The token, which must have a cursor, as text."""
    assert token.cursor is not None
    numbers = (token.size, token.remaining, token.count)
    return ".".join([*("" if number is None else str(number) for number in numbers), cursors.encode(token.cursor)])


def decode(text: str) -> SkipToken:
    """Decode a token. Raises BadRequest if it was not made by `encode`."""
    match = _TOKEN.fullmatch(text)
    if match is None or not 0 < int(match[1]) <= MAX_PAGE_ROWS or match[2] == "0":
        raise token_refusal()
    size, remaining, count, cursor = match.groups()
    try:
        found = cursors.decode(cursor)
    except BadRequest:
        raise token_refusal() from None
    return SkipToken(int(size), int(remaining) if remaining else None, int(count) if count else None, found)


def token_refusal() -> BadRequest:
    """The refusal of an invalid token or of one for another URL."""
    detail = "$skiptoken is invalid; follow @odata.nextLink of the previous page"
    return option_refusal("$skiptoken", detail, "invalid-cursor")
