"""`…/records`: reads pages of records, single records and their history."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from domain import exact_json
from interfaces.http.openapi.answers import NOT_MODIFIED, TEXT, page_answer, read_answer
from interfaces.http.openapi.operation import describe, json_body
from interfaces.http.openapi.problem_codes import QUERY, RECORD
from interfaces.http.openapi.schemas import member_names
from interfaces.http.query_parameters import (
    Fields,
    Filter,
    RecordId,
    Search,
    Sort,
    parse_record_id,
    request_limits,
)
from interfaces.http.reading import (
    AsOf,
    DatasetName,
    Limit,
    PageCursor,
    find_snapshot,
    json_response,
    list_response,
    lookup_connection,
    read_connection,
)
from interfaces.http.requests import read_json_object, reject_unknown_parameters
from interfaces.http.snapshot_reads import read_at_snapshot
from interfaces.rest.records.compiled_cache import QueryCacheKey, prepare_record_statement
from interfaces.rest.records.page import PageRequest, page_response
from interfaces.rest.records.page_formats import CSV, JSON, NDJSON
from interfaces.rest.records.query_body import RecordQueryJson, parse_page_request
from interfaces.services import representations
from interfaces.services.json_types import HistoryEntryJson, RecordJson
from projections.query.compiled import QuerySpec
from projections.query.pages.page_reader import CountMode
from projections.query.records import record_history, single_record
from projections.query.snapshots import Snapshot

router = APIRouter(prefix="/v1/datasets/{dataset}/records", tags=["records"])
router.dependencies.append(Depends(reject_unknown_parameters))


Count = Annotated[
    CountMode, Query(description="count all records that match; `estimate` is quick for large datasets")
]
PAGE = page_answer(RecordJson, "A page of records", {CSV: TEXT, NDJSON: TEXT})
LIST = describe(PAGE, NOT_MODIFIED, problems=[QUERY])
QUERY_EXAMPLE = {"filter": "area_km2 ge 1000 and name ne 'Abisko'", "sort": "-area_km2", "limit": 10}
QUERY_RECORDS = describe(
    PAGE, NOT_MODIFIED, body=json_body(RecordQueryJson, {"large parks": QUERY_EXAMPLE}), problems=[QUERY]
)
READ = describe(read_answer(RecordJson, "The record"), NOT_MODIFIED, problems=[RECORD])
HISTORY = describe(page_answer(HistoryEntryJson, "The record's versions"), NOT_MODIFIED, problems=[RECORD])


@router.get("", summary="A page of records", openapi_extra=LIST)
async def list_records(
    request: Request,
    dataset: DatasetName,
    filter: Filter = None,
    sort: Sort = None,
    search: Search = None,
    limit: Limit = 50,
    cursor: PageCursor = None,
    fields: Fields = None,
    count: Count = "none",
    as_of: AsOf = None,
) -> Response:
    return await page_response(
        request, dataset, PageRequest(filter, sort, search, fields, limit, cursor, count, as_of)
    )


@router.post("/query", summary="A page of records, with the query in the body", openapi_extra=QUERY_RECORDS)
async def query_records(request: Request, dataset: DatasetName) -> Response:
    return await page_response(
        request, dataset, parse_page_request(await read_json_object(request, member_names(RecordQueryJson)))
    )


@router.get("/{id}", summary="One record", openapi_extra=READ)
async def read_record(
    request: Request, dataset: DatasetName, id: RecordId, fields: Fields = None, as_of: AsOf = None
) -> Response:
    number = parse_record_id(id)

    async def read(snapshot: Snapshot, newest: list[object]) -> tuple[int | None, tuple[str | None, int]]:
        key = (snapshot.id, snapshot.definition_version)
        statement = prepare_record_statement(
            QueryCacheKey(*key, QuerySpec(), fields, JSON, request_limits(request), snapshot.view, snapshot)
        )
        async with lookup_connection(request) as opened:
            head, text, written = await single_record.execute_record_statement(
                opened, statement, newest, snapshot.version, number
            )
        return head, (text, written)

    snapshot, (text, written) = await read_at_snapshot(request, dataset, as_of, read)
    if text is None:
        raise single_record.record_not_found(snapshot, number)
    return json_response(request, text, snapshot.version, etag=written)


@router.get("/{id}/history", summary="Every version of a record, newest first", openapi_extra=HISTORY)
async def read_record_history(
    request: Request,
    dataset: DatasetName,
    id: RecordId,
    limit: Limit = 50,
    cursor: PageCursor = None,
    as_of: AsOf = None,
) -> Response:
    async with read_connection(request) as opened:
        snapshot = await find_snapshot(request, opened, dataset, as_of)
        entries = await record_history.read(opened, snapshot, parse_record_id(id))
    before = snapshot.version + 1 if cursor is None else parse_record_id(cursor)
    entries = [entry for entry in entries if entry.version < before]
    next_version = entries[limit - 1].version if len(entries) > limit else None
    rows = [exact_json.dumps(representations.history_entry_json(entry)) for entry in entries[:limit]]
    return list_response(request, rows, next_version, limit, snapshot.version)
