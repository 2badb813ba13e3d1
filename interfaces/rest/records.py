"""`…/records` read: pages of records, one record, and its history."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from domain import exact_json
from domain.errors import BadRequest, Fault
from interfaces.rest import shapes
from interfaces.rest.asking import Fields, Filter, RecordId, Sort, limits, record_id
from interfaces.rest.prepared import Wanted, prepared
from interfaces.rest.reading import AsOf, DatasetName, Limit, answer, connection, find, page, page_json
from interfaces.rest.requests import only_known_parameters
from interfaces.rest.snapshots import read_at
from projections import cursors, pages, record, record_history
from projections.lookup import Snapshot
from projections.pages import Count, CountMode, Page
from projections.questions import Asked

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
        if as_of is not None:
            await _must_be_of(request, dataset, as_of, place.version)
    asked = Asked(filter or "", sort or "") if place is None else place.asked
    version = as_of if place is None else str(place.version)

    async def read(snapshot: Snapshot, newest: list[object]) -> tuple[int | None, tuple[Page, Count | None]]:
        ready = prepared(Wanted(snapshot.id, snapshot.definition_version, asked, fields, limits(request), snapshot))
        async with connection(request) as opened:
            found = await ready.reading.page(opened, newest, snapshot.version, limit, place)
            number = await pages.count(opened, snapshot, ready.reading.question, count)
        return found.newest, (found, number)

    snapshot, (found, number) = await read_at(request, dataset, version, read)
    return answer(request, page_json(found, limit, snapshot.version, number), snapshot.version)


@router.get("/{id}", summary="One record")
async def read_record(
    request: Request, dataset: DatasetName, id: RecordId, fields: Fields = None, as_of: AsOf = None
) -> Response:
    number = record_id(id)

    async def read(snapshot: Snapshot, newest: list[object]) -> tuple[int | None, tuple[str | None, int]]:
        ready = prepared(Wanted(snapshot.id, snapshot.definition_version, Asked(), fields, limits(request), snapshot))
        async with connection(request) as opened:
            head, text, written = await record.read(opened, ready.one, newest, snapshot.version, number)
        return head, (text, written)

    snapshot, (text, written) = await read_at(request, dataset, as_of, read)
    if text is None:
        raise record.missing(snapshot, number)
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
    rows = [exact_json.dumps(shapes.history_entry(entry)) for entry in entries[:limit]]
    return answer(request, page(rows, following, limit, snapshot.version), snapshot.version)


async def _must_be_of(request: Request, dataset: str, as_of: str, version: int) -> None:
    async with connection(request) as opened:
        wanted = await find(request, opened, dataset, as_of)
    _must_agree("as_of", str(wanted.version), str(version))


def _must_agree(name: str, given: str | None, pinned: str) -> None:
    if given is not None and given != pinned:
        detail = f"the cursor pins {name}={pinned!r}; leave {name} out or begin again without the cursor"
        raise BadRequest("cursor-mismatch", detail, (Fault(name, "cursor-mismatch", detail),))
