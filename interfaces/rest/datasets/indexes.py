"""`…/indexes`: the indexes of a dataset, existing and planned."""

from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from domain import exact_json
from domain.schema import Definition
from interfaces.http.reading import AsOf, DatasetName, find_snapshot, read_connection
from interfaces.http.requests import reject_unknown_parameters
from projections.indexes import catalog
from projections.indexes.catalog import IndexEntry
from projections.indexes.index_specs import IndexPart

router = APIRouter(prefix="/v1/datasets/{dataset}/indexes", tags=["indexes"])
router.dependencies.append(Depends(reject_unknown_parameters))


@router.get("", summary="The indexes made for queries, most used first")
async def list_indexes(request: Request, dataset: DatasetName, as_of: AsOf = None) -> Response:
    """Indexes serve all versions; `as_of` only selects the version whose column names are shown."""
    async with read_connection(request) as opened:
        snapshot = await find_snapshot(request, opened, dataset, as_of)
        known = await catalog.list_indexes(opened, snapshot.id)
    body = {"data": [_index_json(one, snapshot.definition) for one in known], "version": snapshot.version}
    headers = {"Cache-Control": "no-store", "Rowledger-Version": str(snapshot.version)}
    return Response(exact_json.dumps(body), 200, headers, "application/json")


def _index_json(one: IndexEntry, definition: Definition) -> dict[str, Any]:
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
