"""`…/imports`: which files came in, what was found in them, and what was rejected."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from domain import exact_json
from interfaces.rest import shapes
from interfaces.rest.reading import DatasetName, Limit, answer, connection, find, page, paging_position
from interfaces.rest.requests import only_known_parameters
from projections import listings

router = APIRouter(prefix="/v1/datasets/{dataset}/imports", tags=["imports"])
router.dependencies.append(Depends(only_known_parameters))

ImportId = Annotated[UUID, Path(description="the import")]
Position = Annotated[str | None, Query(description="the `next` of the page before")]


@router.get("", summary="The dataset's imports, newest first")
async def list_imports(
    request: Request, dataset: DatasetName, limit: Limit = 50, cursor: Position = None
) -> Response:
    position = paging_position(cursor)
    async with connection(request) as opened:
        snapshot = await find(request, opened, dataset)
        up_to = snapshot.version if position is None else position
        rows = await listings.imports(opened, snapshot, up_to, limit + 1)
    following = rows[limit]["version"] if len(rows) > limit else None
    texts = [exact_json.dumps(shapes.import_(row)) for row in rows[:limit]]
    return answer(request, page(texts, following, limit, snapshot.version), snapshot.version)


@router.get("/{id}", summary="One import: source file, what was found, rows read, accepted, rejected")
async def read_import(request: Request, dataset: DatasetName, id: ImportId) -> Response:
    async with connection(request) as opened:
        snapshot = await find(request, opened, dataset)
        row = await listings.one_import(opened, snapshot, id)
    return answer(request, exact_json.dumps(shapes.import_(row)), snapshot.version, etag=row["version"])


@router.get("/{id}/rejects", summary="The rows that were not taken, with their lines in the file")
async def list_rejects(
    request: Request, dataset: DatasetName, id: ImportId, limit: Limit = 50, cursor: Position = None
) -> Response:
    after = paging_position(cursor) or 0
    async with connection(request) as opened:
        snapshot = await find(request, opened, dataset)
        await listings.one_import(opened, snapshot, id)
        rows = await listings.rejects(opened, snapshot, id, after, limit + 1)
    following = rows[limit - 1]["number"] if len(rows) > limit else None
    texts = [exact_json.dumps({name: row[name] for name in shapes.REJECT_FIELDS}) for row in rows[:limit]]
    return answer(request, page(texts, following, limit, snapshot.version), snapshot.version)
