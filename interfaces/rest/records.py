"""`…/records`: pages of records, one record, and its changes."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from application.handle import Outcome, Wish
from domain import exact_json
from domain.dataset.commands import CreateRecord, DeleteRecord, RecordCommand, ReplaceRecord, UpdateRecord
from domain.dataset.state import Record
from domain.errors import BadRequest, Fault, Invalid, NotFound
from domain.filter_cursor import FilterLimits
from domain.schema import named_values
from interfaces.rest import shapes
from interfaces.rest.commands import carried_out
from interfaces.rest.reading import AsOf, DatasetName, Limit, answer, chosen, connection, find, page
from interfaces.rest.requests import context, if_match, json_object, only_known_parameters, preferences
from projections import cursors, lookup, pages, record, record_history
from projections.pages import CountMode

router = APIRouter(prefix="/v1/datasets/{dataset}/records", tags=["records"])
router.dependencies.append(Depends(only_known_parameters))

RecordId = Annotated[str, Path(description="the record's number")]
Filter = Annotated[str | None, Query(description="an OData 4.01 filter expression over the columns")]
Sort = Annotated[str | None, Query(description="`-price,name`: descending price, then name; nulls last")]
Fields = Annotated[str | None, Query(description="the columns to show: `name,price`")]

VALUES_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["values"],
                    "properties": {"values": {"type": "object", "additionalProperties": True}},
                }
            }
        },
    }
}


@router.get("", summary="A page of records")
async def list_records(
    request: Request,
    dataset: DatasetName,
    filter: Filter = None,
    sort: Sort = None,
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(description="the `next` of the page before")] = None,
    fields: Fields = None,
    count: CountMode = "none",
    as_of: AsOf = None,
) -> Response:
    place = None if cursor is None else cursors.decode(cursor)
    if place is not None:
        _must_agree("filter", filter, place.filter)
        _must_agree("sort", sort, place.sort)
        filter, sort = place.filter, place.sort
    async with connection(request) as opened:
        snapshot = await find(request, opened, dataset, as_of if place is None else str(place.version))
        if place is not None and as_of is not None:
            asked = await find(request, opened, dataset, as_of)
            _must_agree("as_of", str(asked.version), str(place.version))
        question = pages.ask(snapshot.definition, filter or "", sort or "", *limits(request))
        columns = chosen(snapshot.definition, fields)
        found = await pages.read(opened, snapshot, question, columns, limit, place)
        number = await pages.count(opened, snapshot, question, count)
    return answer(request, page(found.records, found.next, limit, snapshot.version, number), snapshot.version)


@router.post("", status_code=201, summary="Create a record", openapi_extra=VALUES_BODY)
async def create_record(request: Request, dataset: DatasetName) -> Response:
    values = await _values(request)
    dataset_id, outcome = await _carry_out(request, dataset, CreateRecord(values))
    id = outcome.state.next_id - 1
    location = {"Location": f"/v1/datasets/{dataset_id}/records/{id}"}
    return _changed(request, id, outcome, 201, location)


@router.get("/{id}", summary="One record")
async def read_record(
    request: Request, dataset: DatasetName, id: RecordId, fields: Fields = None, as_of: AsOf = None
) -> Response:
    async with connection(request) as opened:
        snapshot = await find(request, opened, dataset, as_of)
        columns = chosen(snapshot.definition, fields)
        text, version = await record.read(opened, snapshot, record_id(id), columns)
    return answer(request, text, snapshot.version, etag=version)


@router.patch("/{id}", summary="Change some columns (RFC 7396)", openapi_extra=VALUES_BODY)
async def update_record(request: Request, dataset: DatasetName, id: RecordId) -> Response:
    number, values = record_id(id), await _values(request)
    _, outcome = await _carry_out(request, dataset, UpdateRecord(number, values, if_match(request)))
    return _changed(request, number, outcome)


@router.put("/{id}", summary="Set all columns", openapi_extra=VALUES_BODY)
async def replace_record(request: Request, dataset: DatasetName, id: RecordId) -> Response:
    number, values = record_id(id), await _values(request)
    _, outcome = await _carry_out(request, dataset, ReplaceRecord(number, values, if_match(request)))
    return _changed(request, number, outcome)


@router.delete("/{id}", status_code=204, summary="Remove a record; its history stays")
async def delete_record(request: Request, dataset: DatasetName, id: RecordId) -> Response:
    _, outcome = await _carry_out(request, dataset, DeleteRecord(record_id(id), if_match(request)))
    return Response(None, 204, {"Rowledger-Version": str(outcome.state.version)})


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
    rows = [exact_json.dumps(shapes.history_entry(entry)) for entry in entries[:limit]]
    return answer(request, page(rows, following, limit, snapshot.version), snapshot.version)


def limits(request: Request) -> tuple[FilterLimits, int]:
    """The limits of a filter, and how many columns a sort may have."""
    found = request.app.state.service.settings.limits
    return FilterLimits(found.filter_length, found.filter_depth, found.filter_terms), found.sort_columns


def record_id(text: str) -> int:
    """Raises NotFound for what is no record number."""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise NotFound("record-not-found", f"There is no record {text[:60]!r}: records are numbered 1, 2, 3 …")
    return int(text)


def _must_agree(name: str, given: str | None, pinned: str) -> None:
    if given is not None and given != pinned:
        detail = f"the cursor pins {name}={pinned!r}; leave {name} out or begin again without the cursor"
        raise BadRequest("cursor-mismatch", detail, (Fault(name, "cursor-mismatch", detail),))


async def _values(request: Request) -> dict[str, Any]:
    body = await json_object(request, ["values"])
    values = body.get("values")
    if not isinstance(values, dict):
        fault = Fault("/values", "required", 'the body is an object like {"values": {"name": "Ann"}}')
        raise Invalid("invalid-body", fault.detail, (fault,))
    return values


async def _carry_out(request: Request, dataset: str, command: RecordCommand) -> tuple[UUID, Outcome]:
    """Have the command carried out; by id it needs no look-up, for the handler reads the head itself."""
    if (id := lookup.id_of(dataset)) is None:
        id = await _look_up(request, dataset)
    try:
        return id, await carried_out(request, Wish(id, command, context(request)))
    except NotFound as error:
        if error.code == "dataset-not-found":
            await _look_up(request, dataset)
        raise


async def _look_up(request: Request, dataset: str) -> UUID:
    async with connection(request) as opened:
        return (await find(request, opened, dataset)).id


def _changed(
    request: Request, id: int, outcome: Outcome, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    current = outcome.state.records[id]
    wishes = preferences(request)
    all_headers = {
        "ETag": f'"{current.version}"',
        "Rowledger-Version": str(outcome.state.version),
        **wishes.applied,
        **(headers or {}),
    }
    if wishes.minimal:
        return Response(None, 204 if status == 200 else status, all_headers)
    return Response(_json(id, current, outcome), status, all_headers, "application/json")


def _json(id: int, current: Record, outcome: Outcome) -> str:
    values = named_values(outcome.state.definition, current.values)
    return exact_json.dumps({"id": id, "version": current.version, "values": values})
