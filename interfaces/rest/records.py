"""`…/records` read: pages of records, one record, and its history."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from domain import exact_json
from domain.errors import BadRequest, Fault
from interfaces.rest import shapes
from interfaces.rest.asking import Fields, Filter, RecordId, Sort, limits, record_id
from interfaces.rest.reading import AsOf, DatasetName, Limit, answer, chosen, connection, find, page
from interfaces.rest.requests import only_known_parameters
from projections import cursors, pages, record, record_history
from projections.pages import CountMode
from projections.questions import Asked, ask

router = APIRouter(prefix="/v1/datasets/{dataset}/records", tags=["records"])
router.dependencies.append(Depends(only_known_parameters))


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
        _must_agree("filter", filter, place.asked.filter)
        _must_agree("sort", sort, place.asked.sort)
    asked = Asked(filter or "", sort or "") if place is None else place.asked
    async with connection(request) as opened:
        snapshot = await find(request, opened, dataset, as_of if place is None else str(place.version))
        if place is not None and as_of is not None:
            wanted = await find(request, opened, dataset, as_of)
            _must_agree("as_of", str(wanted.version), str(place.version))
        question = ask(snapshot.definition, asked, limits(request))
        columns = chosen(snapshot.definition, fields)
        found = await pages.read(opened, snapshot, question, columns, limit, place)
        number = await pages.count(opened, snapshot, question, count)
    return answer(request, page(found.records, found.next, limit, snapshot.version, number), snapshot.version)


@router.get("/{id}", summary="One record")
async def read_record(
    request: Request, dataset: DatasetName, id: RecordId, fields: Fields = None, as_of: AsOf = None
) -> Response:
    async with connection(request) as opened:
        snapshot = await find(request, opened, dataset, as_of)
        columns = chosen(snapshot.definition, fields)
        text, version = await record.read(opened, snapshot, record_id(id), columns)
    return answer(request, text, snapshot.version, etag=version)


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


def _must_agree(name: str, given: str | None, pinned: str) -> None:
    if given is not None and given != pinned:
        detail = f"the cursor pins {name}={pinned!r}; leave {name} out or begin again without the cursor"
        raise BadRequest("cursor-mismatch", detail, (Fault(name, "cursor-mismatch", detail),))
