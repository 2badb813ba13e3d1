"""`…/export`: a dataset's records as a file of any format, as of any version."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, BinaryIO

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.requests import ClientDisconnect

from application.exports import export_options
from application.exports.export_options import ExportFormat, ExportOptions
from interfaces.http.downloads import content_disposition, range_not_satisfiable, requested_range
from interfaces.http.openapi import headers as api_headers
from interfaces.http.openapi.answers import BYTES, JSON, NOT_MODIFIED, READ_HEADERS, TEXT, Answer
from interfaces.http.openapi.operation import describe
from interfaces.http.openapi.problem_codes import EXPORT_OPTIONS
from interfaces.http.problems import CLIENT_CLOSED_REQUEST
from interfaces.http.query_parameters import Fields, Filter, Search, Sort, request_limits
from interfaces.http.reading import (
    NO_CACHE,
    VARY,
    AsOf,
    DatasetName,
    cache_control,
    find_snapshot,
    read_connection,
    select_columns,
)
from interfaces.http.requests import is_unchanged, reject_unknown_parameters
from interfaces.http.streaming import (
    PieceStreamResponse,
    prefetch_first,
    read_file_range,
    run_until_disconnect,
)
from interfaces.services.database import AsyncPool
from interfaces.services.exports import export_stream
from interfaces.services.wiring import Service
from projections.query.compiled import QuerySpec, compile_query
from projections.query.exports.export_rows import ExportSelection

router = APIRouter(prefix="/v1/datasets/{dataset}", tags=["exports"])
router.dependencies.append(Depends(reject_unknown_parameters))


FILE_CONTENT = {
    kind.media_type.partition(";")[0]: {"type": "array", "items": {"type": "object"}}
    if kind.media_type == JSON
    else TEXT
    if format in (ExportFormat.CSV, ExportFormat.NDJSON)
    else BYTES
    for format, kind in export_stream.FILE_TYPES.items()
}
"""The schemas of the formats' files, by media type."""

FILE_HEADERS = (*READ_HEADERS, api_headers.DISPOSITION, api_headers.ACCEPT_RANGES)
PART = Answer(
    206,
    "The requested bytes, of a format that is written as a whole",
    FILE_CONTENT,
    (*FILE_HEADERS, api_headers.CONTENT_RANGE),
)
EXPORT = describe(Answer(200, "The file", FILE_CONTENT, FILE_HEADERS), PART, NOT_MODIFIED, problems=[EXPORT_OPTIONS])


@router.head("/export", include_in_schema=False)
@router.get("/export", summary="Export records as a file, as of any version", openapi_extra=EXPORT)
async def export_records(
    request: Request,
    dataset: DatasetName,
    format: Annotated[ExportFormat, Query(description="the file's format")] = ExportFormat.CSV,
    filter: Filter = None,
    sort: Sort = None,
    search: Search = None,
    fields: Fields = None,
    as_of: AsOf = None,
    delimiter: Annotated[str, Query(description="csv: the delimiter, one character")] = ",",
    bom: Annotated[bool, Query(description="csv: begin with a byte order mark, for Excel")] = False,
    formula_guard: Annotated[
        bool, Query(description="csv: put an apostrophe before text that looks like a formula")
    ] = False,
    original_format: Annotated[bool, Query(description="csv: values as the source file wrote them")] = False,
) -> Response:
    options = export_options.parse_export_options(
        {
            "format": format,
            "delimiter": delimiter,
            "bom": bom,
            "formula_guard": formula_guard,
            "original_format": original_format,
        }
    )
    async with read_connection(request) as opened:
        snapshot = await find_snapshot(request, opened, dataset, as_of)
    query = compile_query(
        snapshot.definition, QuerySpec(filter or "", sort or "", search or ""), request_limits(request)
    )
    selection = ExportSelection(snapshot, query, select_columns(snapshot.definition, fields))
    export_stream.check_columns_fit(selection.columns, format)
    headers = _export_headers(request, selection, options)
    if is_unchanged(request, headers["ETag"]):
        return Response(None, 304, headers)
    if request.method == "HEAD":
        return _head_response(headers, export_stream.FILE_TYPES[format].media_type)
    try:
        if export_stream.FILE_TYPES[format].whole:
            file = await run_until_disconnect(request.receive, _write_file(request, selection, options))
            return file_response(request, file, headers, export_stream.FILE_TYPES[format].media_type)
        pieces = await prefetch_first(request, _stream_pieces(request, selection, options))
        return PieceStreamResponse(pieces, 200, headers, export_stream.FILE_TYPES[format].media_type)
    except ClientDisconnect:
        return Response(None, CLIENT_CLOSED_REQUEST)


def file_response(request: Request, file: BinaryIO, headers: dict[str, str], media_type: str) -> Response:
    """A response with an open file, or with the requested range of it. The response closes the file."""
    size = file.seek(0, 2)
    start, end = requested_range(request, headers["ETag"], size) or (0, size)
    if start >= end and size:
        file.close()
        return range_not_satisfiable(request, size)
    headers["Content-Length"] = str(end - start)
    is_whole = (start, end) == (0, size)
    if not is_whole:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return PieceStreamResponse(
        read_file_range(file, start, end), 200 if is_whole else 206, headers, media_type, file.close
    )


async def _stream_pieces(
    request: Request, selection: ExportSelection, options: ExportOptions
) -> AsyncGenerator[bytes]:
    pool: AsyncPool = request.app.state.exports
    async with (
        pool.connection() as opened,
        aclosing(export_stream.stream_export(opened, selection, options)) as blocks,
    ):
        async for block, _ in blocks:
            if block:
                yield block


async def _write_file(request: Request, selection: ExportSelection, options: ExportOptions) -> BinaryIO:
    """The whole file, open and already unlinked, so it is deleted when it is closed."""
    pool: AsyncPool = request.app.state.exports
    service: Service = request.app.state.service
    below = service.settings.scratch
    async with pool.connection() as opened, export_stream.write_whole_file(opened, selection, options, below) as path:
        return path.open("rb")


def _export_headers(request: Request, selection: ExportSelection, options: ExportOptions) -> dict[str, str]:
    version, query = selection.snapshot.version, selection.query
    tag = f"{version}" if query.timeless else f"{version}-{query.spec.now}"
    return {
        "Content-Disposition": content_disposition(export_stream.export_filename(selection, options.format)),
        "ETag": f'"{tag}"',
        "Rowledger-Version": str(version),
        "Accept-Ranges": "bytes" if export_stream.FILE_TYPES[options.format].whole else "none",
        **({"Cache-Control": cache_control(request)} if query.timeless else NO_CACHE),
        "Vary": VARY,
        "X-Content-Type-Options": "nosniff",
    }


def _head_response(headers: dict[str, str], media_type: str) -> Response:
    """A response to HEAD, without a length, which is known only after the file is written."""
    answer = Response(None, 200, headers, media_type)
    del answer.headers["content-length"]
    return answer
