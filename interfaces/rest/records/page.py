"""A page of records over HTTP: read at a guessed snapshot, in the form that is accepted."""

from dataclasses import dataclass
from urllib.parse import quote

from fastapi import Request, Response

from interfaces.http.query_parameters import limits
from interfaces.http.reading import IMMUTABLE, NO_CACHE, connection, find, keeping, keyed, tagged
from interfaces.http.snapshot_reads import read_at
from interfaces.rest.queries.request_cursors import must_agree
from interfaces.rest.records import page_formats
from interfaces.rest.records.compiled_cache import Wanted, prepared
from interfaces.rest.records.page_formats import JSON
from interfaces.services.cache.page_cache import PageCache, page_key
from interfaces.services.index_usage import IndexUses
from projections.query import snapshot_cache, snapshots
from projections.query.compiled import Asked, at_once
from projections.query.pages import cursors, page_reader, ranked_pages
from projections.query.pages.page_reader import CountMode
from projections.query.snapshots import Snapshot


@dataclass(frozen=True, slots=True)
class PageWish:
    """What a request says of the page it wants; None: nothing."""

    filter: str | None = None
    sort: str | None = None
    search: str | None = None
    fields: str | None = None
    limit: int = 50
    cursor: str | None = None
    count: CountMode = "none"
    as_of: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A page as caches keep it: the cursor of the next (None: it is the last), and its body."""

    next: str | None
    body: bytes
    timeless: bool = True

    def sealed(self) -> bytes:
        return (self.next or "").encode() + b"\n" + self.body

    @staticmethod
    def opened(kept: bytes) -> "Kept":
        following, _, body = kept.partition(b"\n")
        return Kept(following.decode() or None, body)


async def page_of(request: Request, dataset: str, wish: PageWish) -> Response:
    """The page as JSON, CSV or NDJSON. What a cursor pins may be said again, but not otherwise."""
    place = None if wish.cursor is None else cursors.decode(wish.cursor)
    asked, as_of = at_once(Asked(wish.filter or "", wish.sort or "", wish.search or "")), wish.as_of
    if place is not None:
        await _must_agree(request, dataset, wish, place)
        asked, as_of = place.asked, str(place.version)
    media_type = page_formats.wanted(request)

    cache: PageCache | None = request.app.state.page_cache
    patience = request.app.state.service.settings.limits.count_seconds

    async def read(snapshot: Snapshot, newest: list[object]) -> tuple[int | None, Kept]:
        key = "" if cache is None else _key(snapshot, asked, wish, media_type)
        if cache is not None and (kept := await cache.get(key)) is not None:
            async with keyed(request) as opened:
                return await snapshot_cache.newest(opened, newest), Kept.opened(kept)
        columns = (snapshot.id, snapshot.definition_version)
        ready = prepared(Wanted(*columns, asked, wish.fields, media_type, limits(request), snapshot))
        uses: IndexUses = request.app.state.index_uses
        uses.note(snapshot.id, snapshot.records, ready.reading.question)
        is_planned_once = wish.count == "none" and uses.serves(snapshot.id, ready.reading.served_by)
        async with keyed(request) if is_planned_once else connection(request) as opened:
            found = await ranked_pages.page(opened, ready.reading, newest, snapshot.version, wish.limit, place)
            count = await page_reader.count(opened, snapshot, ready.reading.question, wish.count, patience)
        text = page_formats.body(ready.form, found, wish.limit, snapshot.version, count)
        page = Kept(found.next, text.encode(), ready.reading.question.timeless)
        if cache is not None and page.timeless and (count is None or count.exact):
            cache.put(key, page.sealed())
        return found.newest, page

    snapshot, page = await read_at(request, dataset, as_of, read)
    tag = f'"{snapshot.version}"' if media_type == JSON else f'"{snapshot.version}-{media_type}"'
    pinned = place is not None and snapshots.id_of(dataset) is not None
    keeps = IMMUTABLE if pinned else keeping(request)
    headers = {
        "Rowledger-Version": str(snapshot.version),
        **({"Cache-Control": keeps} if page.timeless else NO_CACHE),
        **({} if page.next is None else {"Link": _next(request, wish, page.next)}),
    }
    return tagged(request, page.body, tag if page.timeless else None, headers, media_type)


def _key(snapshot: Snapshot, asked: Asked, wish: PageWish, media_type: str) -> str:
    texts = (asked.filter, asked.sort, asked.search, asked.now)
    rest = (wish.fields, wish.limit, wish.cursor, wish.count, media_type)
    return page_key(snapshot.id, snapshot.version, "records", *texts, *rest)


def _next(request: Request, wish: PageWish, cursor: str) -> str:
    """A link to the next page (RFC 8288). The cursor pins the rest, also of a question that was put in a body."""
    path = quote(request.scope["path"].removesuffix("/query"))
    fields = f"&fields={quote(wish.fields)}" if wish.fields else ""
    return f'<{path}?limit={wish.limit}&cursor={cursor}{fields}>; rel="next"'


async def _must_agree(request: Request, dataset: str, wish: PageWish, place: cursors.Cursor) -> None:
    given = [(name, getattr(wish, name), getattr(place.asked, name)) for name in ("filter", "sort", "search")]
    if wish.as_of is not None:
        async with connection(request) as opened:
            wanted = await find(request, opened, dataset, wish.as_of)
        given.append(("as_of", str(wanted.version), str(place.version)))
    for name, said, pinned in given:
        must_agree(name, said, pinned)
