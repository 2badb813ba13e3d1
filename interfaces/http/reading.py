"""Functions for reading routes: connections, snapshots, entity tags, caching and pages of lists."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import Path, Query, Request, Response
from psycopg import AsyncConnection

from application.jobs.job_store.job_lists import find_unfinished
from domain import exact_json
from domain.columns import Column
from domain.errors import BadRequest, Fault
from domain.schema import Definition
from interfaces.http.request_access import access_of
from interfaces.http.requests import is_unchanged
from interfaces.services.database import PooledConnection
from projections.query import snapshots
from projections.query.snapshots import Snapshot

DatasetName = Annotated[str, Path(description="the dataset's id or slug")]
AsOf = Annotated[
    str | None,
    Query(description="a version number, an RFC 3339 time or a date (its end, UTC); default: the newest version"),
]
Limit = Annotated[int, Query(ge=1, le=1000, description="1 to 1000")]
PageCursor = Annotated[str | None, Query(description="`next` of the previous page")]


VARY = "Accept, Accept-Encoding"
NO_CACHE = {"Cache-Control": "no-cache"}
"""Clients may store the response but must revalidate it each time."""

IMMUTABLE = "private, max-age=31536000, immutable"


def read_connection(request: Request) -> PooledConnection:
    """A pooled connection for reading."""
    return PooledConnection(request.app.state.reads)


def lookup_connection(request: Request) -> PooledConnection:
    """A pooled connection for look-ups by primary key, with generic plans that are made once for any value."""
    return PooledConnection(request.app.state.lookups)


async def find_snapshot(
    request: Request, opened: "AsyncConnection[Any]", dataset: str, as_of: str | None = None
) -> Snapshot:
    return await snapshots.find(opened, access_of(request), dataset, as_of, find_job=find_unfinished)


def json_response(
    request: Request,
    body: bytes | str,
    version: int,
    headers: Mapping[str, str] = {},
    etag: int | str | None = None,
    timeless: bool = True,
) -> Response:
    """JSON with an entity tag (by default the dataset's version), or 304 if the client has the same.

    A response that is not `timeless` may change at the same version, so its tag is a hash of its bytes.
    """
    tag = f'"{version if etag is None else etag}"' if timeless else None
    version_headers = {
        "Rowledger-Version": str(version),
        **({"Cache-Control": cache_control(request)} if timeless else NO_CACHE),
    }
    return etag_response(request, body, tag, version_headers | dict(headers))


def etag_response(
    request: Request,
    body: bytes | str,
    tag: str | None = None,
    headers: Mapping[str, str] = NO_CACHE,
    media_type: str = "application/json",
) -> Response:
    """A body with an entity tag (by default a hash of its bytes), or 304 if the client has the same."""
    content = body.encode() if isinstance(body, str) else body
    tag = f'"{blake2b(content, digest_size=16).hexdigest()}"' if tag is None else tag
    all_headers = {"ETag": tag, "Vary": VARY, **headers}
    if is_unchanged(request, tag):
        return Response(None, 304, all_headers)
    return Response(content, 200, all_headers, media_type)


def cache_control(request: Request) -> str:
    """The Cache-Control value: immutable if the request names a dataset by id and a version by number.

    A slug may later belong to another dataset, so responses to requests by slug must be revalidated.
    """
    as_of, dataset = request.query_params.get("as_of", ""), request.path_params.get("dataset", "")
    is_fixed = as_of.isascii() and as_of.isdigit() and snapshots.parse_dataset_id(dataset) is not None
    return IMMUTABLE if is_fixed else NO_CACHE["Cache-Control"]


def list_response(
    request: Request, rows: list[str], next: str | int | None, limit: int, version: int | None = None
) -> Response:
    """A page of a list with a link to the next page. `version` is the dataset's, if the list belongs to one."""
    body, link = page_json(rows, next, limit, version), next_link(request, next)
    return (
        etag_response(request, body, headers=NO_CACHE | link)
        if version is None
        else json_response(request, body, version, link)
    )


def next_link(request: Request, next: str | int | None) -> dict[str, str]:
    """The Link header (RFC 8288) to the next page: the same URL with its cursor. Empty on the last page."""
    if next is None:
        return {}
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    query = urlencode([*kept, ("cursor", str(next))])
    return {"Link": f'<{quote(request.scope["path"])}?{query}>; rel="next"'}


def page_json(
    rows: list[str], next: str | int | None, limit: int, version: int | None = None, count: int | None = None
) -> str:
    """The JSON of a page: rows (given as JSON texts), the next cursor, and the dataset's version if there is one."""
    envelope = {"limit": limit, "next": None if next is None else str(next), "count": count}
    version_member = "" if version is None else f',"version":{version}'
    return f'{{"data":[{",".join(rows)}],"page":{exact_json.dumps(envelope)}{version_member}}}'


def select_columns(definition: Definition, fields: str | None, parameter: str = "fields") -> tuple[Column, ...]:
    """The columns named by `fields=name,price`, in that order; all columns if `fields` is None.

    Raises BadRequest, for an unknown column with the nearest name.
    """
    if fields is None:
        return definition.columns
    names = [name.strip() for name in _split_names(fields)]
    for name in names:
        if names.count(name) > 1 or not name:
            detail = f"{parameter}={fields[:60]!r} names {name!r} twice" if name else "a field's name is empty"
            raise BadRequest("invalid-fields", detail, (Fault(parameter, "invalid-fields", detail),))
    return tuple(definition.column(name, parameter) for name in names)


def parse_paging_position(cursor: str | None) -> int | None:
    """The number in a list's cursor. Raises BadRequest if it is not a number."""
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        detail = f"cursor={cursor[:60]!r} is invalid; use `next` of the previous page"
        raise BadRequest("invalid-cursor", detail, (Fault("cursor", "invalid-cursor", detail),))
    return int(cursor)


def _split_names(fields: str) -> list[str]:
    """Split comma-separated names; a name that contains a comma or a quote is in double quotes."""
    names, rest = [], fields
    while True:
        rest = rest.lstrip()
        if rest.startswith('"'):
            end = 1
            while (end := rest.find('"', end)) != -1 and rest[end + 1 : end + 2] == '"':
                end += 2
            if end == -1:
                raise BadRequest("invalid-fields", f"fields={fields[:60]!r}: a quote is not closed")
            names.append(rest[1:end].replace('""', '"'))
            _, comma, rest = rest[end + 1 :].partition(",")
        else:
            name, comma, rest = rest.partition(",")
            names.append(name)
        if not comma:
            return names
