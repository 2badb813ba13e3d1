"""`…/imports/{id}/source`: the file of an import as it came, whole or a range of it."""

from anyio import to_thread
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse

from application.imports.source_files import Blobs, NotKept
from domain.errors import Gone
from interfaces.http.downloads import attachment, unsatisfiable, wanted
from interfaces.http.reading import DatasetName, connection, find
from interfaces.http.requests import is_unchanged, only_known_parameters
from interfaces.rest.imports.imports import ImportId
from projections.query import listings

router = APIRouter(prefix="/v1/datasets/{dataset}/imports", tags=["imports"])
router.dependencies.append(Depends(only_known_parameters))


@router.get("/{id}/source", summary="The file as it came", response_class=StreamingResponse)
async def read_source(request: Request, dataset: DatasetName, id: ImportId) -> Response:
    async with connection(request) as opened:
        snapshot = await find(request, opened, dataset)
        row = await listings.one_import(opened, snapshot, id)
    blobs: Blobs = request.app.state.service.blobs
    sha256, etag = row["sha256"], f'"{row["sha256"]}"'
    headers = {
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "Cache-Control": "no-cache",
        "Content-Disposition": attachment(row["filename"]),
        "X-Content-Type-Options": "nosniff",
    }
    if is_unchanged(request, etag):
        return Response(None, 304, headers)
    try:
        size = await to_thread.run_sync(blobs.size, sha256)
        start, end = wanted(request, etag, size) or (0, size)
        if start >= end and size:
            return unsatisfiable(request, size)
        pieces = await to_thread.run_sync(blobs.stream, sha256, start, end)
    except NotKept:
        detail = f"The file {row['filename']!r} is no longer kept; its rows are, in the dataset's history"
        raise Gone("source-not-kept", detail, extra={"sha256": sha256}) from None
    headers["Content-Length"] = str(end - start)
    whole = (start, end) == (0, size)
    if not whole:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return StreamingResponse(pieces, 200 if whole else 206, headers, "application/octet-stream")
