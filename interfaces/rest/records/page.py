"""A page of records over HTTP: read at a guessed snapshot, in the form that is accepted."""

from dataclasses import dataclass
from urllib.parse import quote

from fastapi import Request, Response

from interfaces.http.query_parameters import request_limits
from interfaces.http.reading import (
    IMMUTABLE,
    NO_CACHE,
    cache_control,
    etag_response,
    find_snapshot,
    lookup_connection,
    read_connection,
)
from interfaces.http.snapshot_reads import read_at_snapshot
from interfaces.rest.queries.request_cursors import check_cursor_agrees
from interfaces.rest.records import page_formats
from interfaces.rest.records.compiled_cache import QueryCacheKey, prepare_query
from interfaces.rest.records.page_formats import JSON
from interfaces.services.cache.page_cache import PageCache, page_key
from interfaces.services.index_usage import IndexUsage
from projections.query import snapshot_cache, snapshots
from projections.query.compiled import QuerySpec, pin_now
from projections.query.pages import cursors, page_reader, ranked_pages
from projections.query.pages.page_reader import CountMode
from projections.query.snapshots import Snapshot


@dataclass(frozen=True, slots=True)
class PageRequest:
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
class CachedPage:
    """A page as caches keep it: the cursor of the next (None: it is the last), and its body."""

    next: str | None
    body: bytes
    timeless: bool = True

    def sealed(self) -> bytes:
        return (self.next or "").encode() + b"\n" + self.body

    @staticmethod
    def opened(kept: bytes) -> "CachedPage":
        following, _, body = kept.partition(b"\n")
        return CachedPage(following.decode() or None, body)


async def page_response(request: Request, dataset: str, wish: PageRequest) -> Response:
    """The page as JSON, CSV or NDJSON. What a cursor pins may be said again, but not otherwise."""
    place = None if wish.cursor is None else cursors.decode(wish.cursor)
    asked, as_of = pin_now(QuerySpec(wish.filter or "", wish.sort or "", wish.search or "")), wish.as_of
    if place is not None:
        await _check_cursor_agrees(request, dataset, wish, place)
        asked, as_of = place.spec, str(place.version)
    media_type = page_formats.negotiate_media_type(request)

    cache: PageCache | None = request.app.state.page_cache
    patience = request.app.state.service.settings.limits.count_seconds

    async def read(snapshot: Snapshot, newest: list[object]) -> tuple[int | None, CachedPage]:
        key = "" if cache is None else _cache_key(snapshot, asked, wish, media_type)
        if cache is not None and (kept := await cache.get(key)) is not None:
            async with lookup_connection(request) as opened:
                return await snapshot_cache.read_newest_version(opened, newest), CachedPage.opened(kept)
        columns = (snapshot.id, snapshot.definition_version)
        ready = prepare_query(
            QueryCacheKey(*columns, asked, wish.fields, media_type, request_limits(request), snapshot)
        )
        uses: IndexUsage = request.app.state.index_uses
        uses.note(snapshot.id, snapshot.records, ready.reading.query)
        is_planned_once = wish.count == "none" and uses.serves(snapshot.id, ready.reading.served_by)
        async with lookup_connection(request) if is_planned_once else read_connection(request) as opened:
            found = await ranked_pages.read_page(opened, ready.reading, newest, snapshot.version, wish.limit, place)
            count = await page_reader.count_records(opened, snapshot, ready.reading.query, wish.count, patience)
        text = page_formats.format_page(ready.form, found, wish.limit, snapshot.version, count)
        page = CachedPage(found.next, text.encode(), ready.reading.query.timeless)
        if cache is not None and page.timeless and (count is None or count.exact):
            cache.put(key, page.sealed())
        return found.newest, page

    snapshot, page = await read_at_snapshot(request, dataset, as_of, read)
    tag = f'"{snapshot.version}"' if media_type == JSON else f'"{snapshot.version}-{media_type}"'
    pinned = place is not None and snapshots.parse_dataset_id(dataset) is not None
    keeps = IMMUTABLE if pinned else cache_control(request)
    headers = {
        "Rowledger-Version": str(snapshot.version),
        **({"Cache-Control": keeps} if page.timeless else NO_CACHE),
        **({} if page.next is None else {"Link": _next_link(request, wish, page.next)}),
    }
    return etag_response(request, page.body, tag if page.timeless else None, headers, media_type)


def _cache_key(snapshot: Snapshot, asked: QuerySpec, wish: PageRequest, media_type: str) -> str:
    texts = (asked.filter, asked.sort, asked.search, asked.now)
    rest = (wish.fields, wish.limit, wish.cursor, wish.count, media_type)
    return page_key(snapshot.id, snapshot.version, "records", *texts, *rest)


def _next_link(request: Request, wish: PageRequest, cursor: str) -> str:
    """A link to the next page (RFC 8288). The cursor pins the rest, also of a question that was put in a body."""
    path = quote(request.scope["path"].removesuffix("/query"))
    fields = f"&fields={quote(wish.fields)}" if wish.fields else ""
    return f'<{path}?limit={wish.limit}&cursor={cursor}{fields}>; rel="next"'


async def _check_cursor_agrees(request: Request, dataset: str, wish: PageRequest, place: cursors.PageCursor) -> None:
    given = [(name, getattr(wish, name), getattr(place.spec, name)) for name in ("filter", "sort", "search")]
    if wish.as_of is not None:
        async with read_connection(request) as opened:
            wanted = await find_snapshot(request, opened, dataset, wish.as_of)
        given.append(("as_of", str(wanted.version), str(place.version)))
    for name, said, pinned in given:
        check_cursor_agrees(name, said, pinned)
