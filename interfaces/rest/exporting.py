"""`…/export`: a dataset's records as a file."""

from collections.abc import AsyncIterator
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from domain.errors import BadRequest, Fault
from interfaces.rest.asking import Fields, Filter, Sort, limits
from interfaces.rest.reading import AsOf, DatasetName, chosen, connection, find
from interfaces.rest.requests import only_known_parameters
from projections import exports
from projections.questions import Asked, ask

router = APIRouter(prefix="/v1/datasets/{dataset}", tags=["exports"])
router.dependencies.append(Depends(only_known_parameters))

DELIMITERS = ",;|:\t"


@router.get("/export", summary="All records as a file, as of any version")
async def export(
    request: Request,
    dataset: DatasetName,
    format: Annotated[Literal["csv"], Query(description="the file's format")] = "csv",
    filter: Filter = None,
    sort: Sort = None,
    fields: Fields = None,
    as_of: AsOf = None,
    delimiter: Annotated[str, Query(description="one character between cells")] = ",",
    bom: Annotated[bool, Query(description="begin with a byte order mark, for Excel")] = False,
) -> Response:
    if len(delimiter) != 1 or delimiter not in DELIMITERS:
        detail = f"delimiter={delimiter[:20]!r} is none of , ; | : or a tab"
        raise BadRequest("invalid-delimiter", detail, (Fault("delimiter", "invalid-delimiter", detail),))
    async with connection(request) as opened:
        snapshot = await find(request, opened, dataset, as_of)
    question = ask(snapshot.definition, Asked(filter or "", sort or ""), limits(request))
    columns = chosen(snapshot.definition, fields)

    async def stream() -> AsyncIterator[bytes]:
        async with request.app.state.exports.connection() as copying:
            async for piece in exports.csv(copying, snapshot, question, columns, delimiter, bom):
                yield piece

    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(snapshot.slug)}.csv",
        "ETag": f'"{snapshot.version}"',
        "Rowledger-Version": str(snapshot.version),
    }
    return StreamingResponse(stream(), 200, headers, "text/csv; charset=utf-8")
