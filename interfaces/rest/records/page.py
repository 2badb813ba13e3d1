"""Responds with a page of records, in the accepted format, from the page cache or the database."""

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
from interfaces.rest.queries.offset_cursors import check_cursor_agrees
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
    """The parameters of a request for a page; None: not given."""

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
    """A page in the cache: the cursor of the next page (None on the last page) and the body."""

    next: str | None
    body: bytes
    timeless: bool = True

    def to_bytes(self) -> bytes:
        return (self.next or "").encode() + b"\n" + self.body

    @staticmethod
    def from_bytes(cached: bytes) -> "CachedPage":
        following, _, body = cached.partition(b"\n")
        return CachedPage(following.decode() or None, body)


async def page_response(request: Request, dataset: str, page_request: PageRequest) -> Response:
    """The page as JSON, CSV or NDJSON. Parameters given together with a cursor must equal the pinned ones."""
    position = None if page_request.cursor is None else cursors.decode(page_request.cursor)
    spec, as_of = (
        pin_now(QuerySpec(page_request.filter or "", page_request.sort or "", page_request.search or "")),
        page_request.as_of,
    )
    if position is not None:
        await _check_cursor_agrees(request, dataset, page_request, position)
        spec, as_of = position.spec, str(position.version)
    media_type = page_formats.negotiate_media_type(request)

    cache: PageCache | None = request.app.state.page_cache
    patience = request.app.state.service.settings.limits.count_seconds

    async def read(snapshot: Snapshot, newest: list[object]) -> tuple[int | None, CachedPage]:
        key = "" if cache is None else _cache_key(snapshot, spec, page_request, media_type)
        if cache is not None and (cached := await cache.get(key)) is not None:
            async with lookup_connection(request) as opened:
                return await snapshot_cache.read_newest_version(opened, newest), CachedPage.from_bytes(cached)
        columns = (snapshot.id, snapshot.definition_version)
        prepared = prepare_query(
            QueryCacheKey(
                *columns, spec, page_request.fields, media_type, request_limits(request), snapshot.view, snapshot
            )
        )
        index_usage: IndexUsage = request.app.state.index_usage
        index_usage.add(snapshot.id, snapshot.records, prepared.reading.query)
        is_planned_once = page_request.count == "none" and index_usage.serves(snapshot.id, prepared.reading.served_by)
        async with lookup_connection(request) if is_planned_once else read_connection(request) as opened:
            found = await ranked_pages.read_page(
                opened, prepared.reading, newest, snapshot.version, page_request.limit, position
            )
            count = await page_reader.count_records(
                opened, snapshot, prepared.reading.query, page_request.count, patience
            )
        text = page_formats.format_page(prepared.form, found, page_request.limit, snapshot.version, count)
        page = CachedPage(found.next, text.encode(), prepared.reading.query.timeless)
        if cache is not None and page.timeless and (count is None or count.exact):
            cache.put(key, page.to_bytes())
        return found.newest, page

    snapshot, page = await read_at_snapshot(request, dataset, as_of, read)
    tag = f'"{snapshot.version}"' if media_type == JSON else f'"{snapshot.version}-{media_type}"'
    pinned = position is not None and snapshots.parse_dataset_id(dataset) is not None
    caching = IMMUTABLE if pinned else cache_control(request)
    headers = {
        "Rowledger-Version": str(snapshot.version),
        **({"Cache-Control": caching} if page.timeless else NO_CACHE),
        **({} if page.next is None else {"Link": _next_link(request, page_request, page.next)}),
    }
    return etag_response(request, page.body, tag if page.timeless else None, headers, media_type)


def _cache_key(snapshot: Snapshot, spec: QuerySpec, page_request: PageRequest, media_type: str) -> str:
    texts = (spec.filter, spec.sort, spec.search, spec.now)
    rest = (page_request.fields, page_request.limit, page_request.cursor, page_request.count, media_type)
    return page_key(snapshot.id, snapshot.version, "records", snapshot.view, *texts, *rest)


def _next_link(request: Request, page_request: PageRequest, cursor: str) -> str:
    """A link to the next page (RFC 8288). The cursor contains the query, so the link also works for POST queries."""
    path = quote(request.scope["path"].removesuffix("/query"))
    fields = f"&fields={quote(page_request.fields)}" if page_request.fields else ""
    return f'<{path}?limit={page_request.limit}&cursor={cursor}{fields}>; rel="next"'


async def _check_cursor_agrees(
    request: Request, dataset: str, page_request: PageRequest, position: cursors.PageCursor
) -> None:
    given = [
        (name, getattr(page_request, name), getattr(position.spec, name)) for name in ("filter", "sort", "search")
    ]
    if page_request.as_of is not None:
        async with read_connection(request) as opened:
            requested = await find_snapshot(request, opened, dataset, page_request.as_of)
        given.append(("as_of", str(requested.version), str(position.version)))
    for name, value, pinned in given:
        check_cursor_agrees(name, value, pinned)
