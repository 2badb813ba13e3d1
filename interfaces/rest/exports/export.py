"""`…/export`: a dataset's records as a file of any format, as of any version."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, BinaryIO

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.requests import ClientDisconnect

from application.exports import export_options
from application.exports.export_options import ExportOptions, Format
from interfaces.http.downloads import attachment, unsatisfiable, wanted
from interfaces.http.query_parameters import Fields, Filter, Search, Sort, limits
from interfaces.http.reading import (
    NO_CACHE,
    VARY,
    AsOf,
    DatasetName,
    chosen,
    connection,
    find,
    keeping,
)
from interfaces.http.requests import is_unchanged, only_known_parameters
from interfaces.http.streaming import Stream, begun, of_file, until_gone
from interfaces.services.database import AsyncPool
from interfaces.services.exports import export_stream
from interfaces.services.wiring import Service
from projections.query.compiled import Asked, ask
from projections.query.exports import Selection

router = APIRouter(prefix="/v1/datasets/{dataset}", tags=["exports"])
router.dependencies.append(Depends(only_known_parameters))

CLIENT_GONE = 499
"""Nobody is there to see it."""


@router.head("/export", include_in_schema=False)
@router.get("/export", summary="All records as a file, as of any version", response_class=StreamingResponse)
async def export(
    request: Request,
    dataset: DatasetName,
    format: Annotated[Format, Query(description="the file's format")] = Format.CSV,
    filter: Filter = None,
    sort: Sort = None,
    search: Search = None,
    fields: Fields = None,
    as_of: AsOf = None,
    delimiter: Annotated[str, Query(description="csv: one character between cells")] = ",",
    bom: Annotated[bool, Query(description="csv: begin with a byte order mark, for Excel")] = False,
    formula_guard: Annotated[bool, Query(description="csv: an apostrophe before what looks like a formula")] = False,
    original_format: Annotated[bool, Query(description="csv: values as the source file wrote them")] = False,
) -> Response:
    options = export_options.parse(
        {
            "format": format,
            "delimiter": delimiter,
            "bom": bom,
            "formula_guard": formula_guard,
            "original_format": original_format,
        }
    )
    async with connection(request) as opened:
        snapshot = await find(request, opened, dataset, as_of)
    question = ask(snapshot.definition, Asked(filter or "", sort or "", search or ""), limits(request))
    selection = Selection(snapshot, question, chosen(snapshot.definition, fields))
    export_stream.must_fit(selection.columns, format)
    headers = _headers(request, selection, options)
    if is_unchanged(request, headers["ETag"]):
        return Response(None, 304, headers)
    if request.method == "HEAD":
        return _head(headers, export_stream.SHAPES[format].media_type)
    try:
        if export_stream.SHAPES[format].whole:
            file = await until_gone(request.receive, _written(request, selection, options))
            return downloaded(request, file, headers, export_stream.SHAPES[format].media_type)
        pieces = await begun(request, _pieces(request, selection, options))
        return Stream(pieces, 200, headers, export_stream.SHAPES[format].media_type)
    except ClientDisconnect:
        return Response(None, CLIENT_GONE)


def downloaded(request: Request, file: BinaryIO, headers: dict[str, str], media_type: str) -> Response:
    """An open file as the answer, or the range of it that is asked for."""
    size = file.seek(0, 2)
    start, end = wanted(request, headers["ETag"], size) or (0, size)
    if start >= end and size:
        file.close()
        return unsatisfiable(request, size)
    headers["Content-Length"] = str(end - start)
    is_whole = (start, end) == (0, size)
    if not is_whole:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return Stream(of_file(file, start, end), 200 if is_whole else 206, headers, media_type, file.close)


async def _pieces(request: Request, selection: Selection, options: ExportOptions) -> AsyncGenerator[bytes]:
    pool: AsyncPool = request.app.state.exports
    async with pool.connection() as opened, aclosing(export_stream.streamed(opened, selection, options)) as blocks:
        async for block, _ in blocks:
            if block:
                yield block


async def _written(request: Request, selection: Selection, options: ExportOptions) -> BinaryIO:
    """The whole file, open; it has no name any more, so it is gone when it is closed."""
    pool: AsyncPool = request.app.state.exports
    service: Service = request.app.state.service
    below = service.settings.scratch
    async with pool.connection() as opened, export_stream.whole(opened, selection, options, below) as path:
        return path.open("rb")


def _headers(request: Request, selection: Selection, options: ExportOptions) -> dict[str, str]:
    version, question = selection.snapshot.version, selection.question
    tag = f"{version}" if question.timeless else f"{version}-{question.asked.now}"
    return {
        "Content-Disposition": attachment(export_stream.filename(selection, options.format)),
        "ETag": f'"{tag}"',
        "Rowledger-Version": str(version),
        "Accept-Ranges": "bytes" if export_stream.SHAPES[options.format].whole else "none",
        **({"Cache-Control": keeping(request)} if question.timeless else NO_CACHE),
        "Vary": VARY,
        "X-Content-Type-Options": "nosniff",
    }


def _head(headers: dict[str, str], media_type: str) -> Response:
    """The headers alone, without a length: that shows only once the file is made."""
    answer = Response(None, 200, headers, media_type)
    del answer.headers["content-length"]
    return answer
