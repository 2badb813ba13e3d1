"""The `$skiptoken` of a next link: where to go on, and what of the first request still counts.

The house's cursor bears version, filter and sort; before it stand the size of the pages, the rows still wanted by
`$top`, and the number that `$count` found.
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
    """`remaining`: rows still wanted, None: all; `count`: of all pages, None: not asked for; `cursor`: where the
    page before ended, None: there was none."""

    size: int
    remaining: int | None = None
    count: int | None = None
    cursor: PageCursor | None = None

    @property
    def limit(self) -> int:
        """Rows of the next page."""
        return self.size if self.remaining is None else min(self.size, self.remaining)

    def after(self, cursor: PageCursor) -> "SkipToken":
        """The place behind the next page, which ends at `cursor`."""
        remaining = None if self.remaining is None else self.remaining - self.limit
        return SkipToken(self.size, remaining, self.count, cursor)


def encode(place: SkipToken) -> str:
    """A place that has a cursor, as text."""
    assert place.cursor is not None
    numbers = (place.size, place.remaining, place.count)
    return ".".join([*("" if number is None else str(number) for number in numbers), cursors.encode(place.cursor)])


def decode(text: str) -> SkipToken:
    """Raises BadRequest for anything `encode` did not make."""
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
    """The refusal of a token that was not made here, or not for this address."""
    detail = "$skiptoken is not one this service gave out; follow @odata.nextLink of the page before"
    return option_refusal("$skiptoken", detail, "invalid-cursor")
