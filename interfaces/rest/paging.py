"""A page of records over HTTP: read at a guessed snapshot, in the form that is accepted."""

from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import Request, Response

from domain.errors import BadRequest, Fault
from interfaces.rest import page_forms
from interfaces.rest.asking import limits
from interfaces.rest.page_forms import JSON
from interfaces.rest.prepared import Wanted, prepared
from interfaces.rest.reading import connection, find, versioned
from interfaces.rest.snapshots import read_at
from projections import cursors, pages
from projections.lookup import Snapshot
from projections.pages import CountMode
from projections.questions import Asked

COUNT_SECONDS = 2.0
"""An exact count that takes longer becomes an estimate."""


@dataclass(frozen=True, slots=True)
class PageWish:
    """What a request says of the page it wants; None: nothing."""

    filter: str | None = None
    sort: str | None = None
    fields: str | None = None
    limit: int = 50
    cursor: str | None = None
    count: CountMode = "none"
    as_of: str | None = None


async def page_of(request: Request, dataset: str, wish: PageWish) -> Response:
    """The page as JSON, CSV or NDJSON. What a cursor pins may be said again, but not otherwise."""
    place = None if wish.cursor is None else cursors.decode(wish.cursor)
    asked, as_of = Asked(wish.filter or "", wish.sort or ""), wish.as_of
    if place is not None:
        await _must_agree(request, dataset, wish, place)
        asked, as_of = place.asked, str(place.version)
    media_type = page_forms.wanted(request)

    async def read(snapshot: Snapshot, newest: list[object]) -> tuple[int | None, tuple[str, str | None]]:
        key = (snapshot.id, snapshot.definition_version)
        ready = prepared(Wanted(*key, asked, wish.fields, media_type, limits(request), snapshot))
        async with connection(request) as opened:
            found = await ready.reading.page(opened, newest, snapshot.version, wish.limit, place)
            count = await pages.count(opened, snapshot, ready.reading.question, wish.count, COUNT_SECONDS)
        return found.newest, (page_forms.body(ready.form, found, wish.limit, snapshot.version, count), found.next)

    snapshot, (body, following) = await read_at(request, dataset, as_of, read)
    tag = f'"{snapshot.version}"' if media_type == JSON else f'"{snapshot.version}-{media_type}"'
    headers = {} if following is None else {"Link": _next(request, wish, following)}
    return versioned(request, body, snapshot.version, tag, media_type, headers)


def _next(request: Request, wish: PageWish, cursor: str) -> str:
    """A link to the next page (RFC 8288). The cursor pins the rest, also of a question that was put in a body."""
    query = {"limit": str(wish.limit), "cursor": cursor} | ({"fields": wish.fields} if wish.fields else {})
    path = request.url.path.removesuffix("/query")
    return f'<{path}?{urlencode(query)}>; rel="next"'


async def _must_agree(request: Request, dataset: str, wish: PageWish, place: cursors.Cursor) -> None:
    given = [("filter", wish.filter, place.asked.filter), ("sort", wish.sort, place.asked.sort)]
    if wish.as_of is not None:
        async with connection(request) as opened:
            wanted = await find(request, opened, dataset, wish.as_of)
        given.append(("as_of", str(wanted.version), str(place.version)))
    for name, said, pinned in given:
        if said is not None and said != pinned:
            detail = f"the cursor pins {name}={pinned!r}; leave {name} out or begin again without the cursor"
            raise BadRequest("cursor-mismatch", detail, (Fault(name, "cursor-mismatch", detail),))
