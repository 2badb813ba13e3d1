"""`…/indexes`: the indexes of a dataset, existing and planned."""

from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from typing_extensions import TypedDict

from domain import exact_json
from domain.schema import Definition
from interfaces.http.openapi import headers
from interfaces.http.openapi.answers import json_answer
from interfaces.http.openapi.operation import describe
from interfaces.http.reading import AsOf, DatasetName, find_snapshot, read_connection
from interfaces.http.requests import reject_unknown_parameters
from interfaces.services.json_types import Keywords, Timestamp, Version
from projections.indexes import catalog
from projections.indexes.catalog import IndexEntry, IndexState
from projections.indexes.index_specs import IndexPart

router = APIRouter(prefix="/v1/datasets/{dataset}/indexes", tags=["indexes"])
router.dependencies.append(Depends(reject_unknown_parameters))


class IndexOrderJson(TypedDict):
    column: str | None
    descending: bool


class IndexJson(TypedDict):
    """An index, which serves filters by equality on some columns and a sort by others. A dropped column is null."""

    kind: str
    columns: list[str | None]
    equal: list[str | None]
    order: list[IndexOrderJson]
    state: IndexState
    uses: Annotated[int, Keywords("how many queries it served or would have served")]
    first_used: Timestamp
    last_used: Timestamp
    bytes: int
    built_at: Timestamp | None
    seconds: Annotated[Any, Keywords("how long it took to build", more={"type": ["number", "null"]})]
    note: Annotated[str | None, Keywords("why it could not be built")]


class IndexListJson(TypedDict):
    data: list[IndexJson]
    version: Version


LIST = describe(json_answer(IndexListJson, "The indexes", 200, headers.VERSION))


@router.get("", summary="The indexes made for queries, most used first", openapi_extra=LIST)
async def list_indexes(request: Request, dataset: DatasetName, as_of: AsOf = None) -> Response:
    """Indexes serve all versions; `as_of` only selects the version whose column names are shown."""
    async with read_connection(request) as opened:
        snapshot = await find_snapshot(request, opened, dataset, as_of)
        known = await catalog.list_indexes(opened, snapshot.id)
    body: IndexListJson = {
        "data": [_index_json(one, snapshot.definition) for one in known],
        "version": snapshot.version,
    }
    headers = {"Cache-Control": "no-store", "Rowledger-Version": str(snapshot.version)}
    return Response(exact_json.dumps(body), 200, headers, "application/json")


def _index_json(one: IndexEntry, definition: Definition) -> IndexJson:
    names = {column.position: column.name for column in definition.columns}

    def column_name(part: IndexPart) -> str | None:
        return names.get(part.position)

    return {
        "kind": one.spec.kind,
        "columns": [column_name(part) for part in (*one.spec.equal, *one.spec.order)],
        "equal": [column_name(part) for part in one.spec.equal],
        "order": [{"column": column_name(part), "descending": part.descending} for part in one.spec.order],
        "state": one.state,
        "uses": one.uses,
        "first_used": one.first_used.isoformat(),
        "last_used": one.last_used.isoformat(),
        "bytes": one.bytes,
        "built_at": None if one.built_at is None or one.state != "ready" else one.built_at.isoformat(),
        "seconds": None if one.seconds is None or one.state != "ready" else Decimal(f"{one.seconds:.3f}"),
        "note": None if one.state == "ready" else one.failure,
    }
