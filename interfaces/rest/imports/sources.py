"""`…/imports/{id}/source`: the original file of an import, whole or a range of it."""

from anyio import to_thread
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse

from application.imports.source_files import BlobNotFound, Blobs
from domain.errors import Gone
from interfaces.http.downloads import content_disposition, range_not_satisfiable, requested_range
from interfaces.http.openapi import headers as api_headers
from interfaces.http.openapi.answers import BYTES, NOT_MODIFIED, Answer
from interfaces.http.openapi.operation import describe
from interfaces.http.openapi.problem_codes import SOURCE
from interfaces.http.reading import DatasetName, find_snapshot, read_connection
from interfaces.http.requests import is_unchanged, reject_unknown_parameters
from interfaces.rest.imports.imports import ImportId
from projections.query import listings

router = APIRouter(prefix="/v1/datasets/{dataset}/imports", tags=["imports"])
router.dependencies.append(Depends(reject_unknown_parameters))


FILE = {"application/octet-stream": BYTES}
FILE_HEADERS = (api_headers.ETAG, api_headers.CACHE_CONTROL, api_headers.DISPOSITION, api_headers.ACCEPT_RANGES)
READ = describe(
    Answer(200, "The file", FILE, FILE_HEADERS),
    Answer(206, "The requested bytes", FILE, (*FILE_HEADERS, api_headers.CONTENT_RANGE)),
    NOT_MODIFIED,
    problems=[SOURCE],
)


@router.get("/{id}/source", summary="The original file of an import", openapi_extra=READ)
async def read_source(request: Request, dataset: DatasetName, id: ImportId) -> Response:
    async with read_connection(request) as opened:
        snapshot = await find_snapshot(request, opened, dataset)
        row = await listings.import_by_id(opened, snapshot, id)
    blobs: Blobs = request.app.state.service.blobs
    sha256, etag = row["sha256"], f'"{row["sha256"]}"'
    headers = {
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "Cache-Control": "no-cache",
        "Content-Disposition": content_disposition(row["filename"]),
        "X-Content-Type-Options": "nosniff",
    }
    if is_unchanged(request, etag):
        return Response(None, 304, headers)
    try:
        size = await to_thread.run_sync(blobs.size, sha256)
        start, end = requested_range(request, etag, size) or (0, size)
        if start >= end and size:
            return range_not_satisfiable(request, size)
        pieces = await to_thread.run_sync(blobs.stream, sha256, start, end)
    except BlobNotFound:
        detail = f"The file {row['filename']!r} has been removed; its rows remain in the dataset's history"
        raise Gone("source-not-kept", detail, extra={"sha256": sha256}) from None
    headers["Content-Length"] = str(end - start)
    whole = (start, end) == (0, size)
    if not whole:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return StreamingResponse(pieces, 200 if whole else 206, headers, "application/octet-stream")
