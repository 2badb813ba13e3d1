"""`…/records` read: pages of records, one record, and its history."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from domain import exact_json
from interfaces.http.query_parameters import (
    Fields,
    Filter,
    RecordId,
    Search,
    Sort,
    limits,
    record_id,
)
from interfaces.http.reading import (
    AsOf,
    DatasetName,
    Limit,
    answer,
    connection,
    find,
    keyed,
    listed,
)
from interfaces.http.requests import json_object, only_known_parameters
from interfaces.http.snapshot_reads import read_at
from interfaces.rest.records.compiled_cache import Wanted, one_record
from interfaces.rest.records.page import PageWish, page_of
from interfaces.rest.records.page_formats import JSON
from interfaces.rest.records.query_body import QUERY_BODY, QUERY_FIELDS, page_wish
from interfaces.services import representations
from projections.query import record_history, single_record
from projections.query.compiled import Asked
from projections.query.pages.page_reader import CountMode
from projections.query.snapshots import Snapshot

router = APIRouter(prefix="/v1/datasets/{dataset}/records", tags=["records"])
router.dependencies.append(Depends(only_known_parameters))


@router.get("", summary="A page of records")
async def list_records(
    request: Request,
    dataset: DatasetName,
    filter: Filter = None,
    sort: Sort = None,
    search: Search = None,
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(description="the `next` of the page before")] = None,
    fields: Fields = None,
    count: CountMode = "none",
    as_of: AsOf = None,
) -> Response:
    return await page_of(request, dataset, PageWish(filter, sort, search, fields, limit, cursor, count, as_of))


@router.post("/query", summary="A page of records, asked for in a body", openapi_extra=QUERY_BODY)
async def query_records(request: Request, dataset: DatasetName) -> Response:
    return await page_of(request, dataset, page_wish(await json_object(request, QUERY_FIELDS)))


@router.get("/{id}", summary="One record")
async def read_record(
    request: Request, dataset: DatasetName, id: RecordId, fields: Fields = None, as_of: AsOf = None
) -> Response:
    number = record_id(id)

    async def read(snapshot: Snapshot, newest: list[object]) -> tuple[int | None, tuple[str | None, int]]:
        key = (snapshot.id, snapshot.definition_version)
        statement = one_record(Wanted(*key, Asked(), fields, JSON, limits(request), snapshot))
        async with keyed(request) as opened:
            head, text, written = await single_record.ask(opened, statement, newest, snapshot.version, number)
        return head, (text, written)

    snapshot, (text, written) = await read_at(request, dataset, as_of, read)
    if text is None:
        raise single_record.missing(snapshot, number)
    return answer(request, text, snapshot.version, etag=written)


@router.get("/{id}/history", summary="Every version of a record, newest first")
async def read_history(
    request: Request,
    dataset: DatasetName,
    id: RecordId,
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(description="the `next` of the page before")] = None,
    as_of: AsOf = None,
) -> Response:
    async with connection(request) as opened:
        snapshot = await find(request, opened, dataset, as_of)
        entries = await record_history.read(opened, snapshot, record_id(id))
    before = snapshot.version + 1 if cursor is None else record_id(cursor)
    entries = [entry for entry in entries if entry.version < before]
    following = entries[limit - 1].version if len(entries) > limit else None
    rows = [exact_json.dumps(representations.history_entry(entry)) for entry in entries[:limit]]
    return listed(request, rows, following, limit, snapshot.version)
