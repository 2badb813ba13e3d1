"""`…/imports/{id}/source`: the file of an import as it came, whole or a range of it."""

import re
from urllib.parse import quote

from anyio import to_thread
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse

from application.blobs import Blobs, NotKept
from domain.errors import Gone
from interfaces.rest import problems
from interfaces.rest.imports import ImportId
from interfaces.rest.reading import DatasetName, connection, find
from interfaces.rest.requests import is_unchanged, only_known_parameters
from projections import listings

router = APIRouter(prefix="/v1/datasets/{dataset}/imports", tags=["imports"])
router.dependencies.append(Depends(only_known_parameters))

_RANGE = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*")


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
        "Content-Disposition": attachment(row["filename"]),
        "X-Content-Type-Options": "nosniff",
    }
    if is_unchanged(request, etag):
        return Response(None, 304, headers)
    try:
        size = await to_thread.run_sync(blobs.size, sha256)
        start, end = _range(request, etag, size) or (0, size)
        if start >= end and size:
            return _unsatisfiable(request, size)
        pieces = await to_thread.run_sync(blobs.stream, sha256, start, end)
    except NotKept:
        detail = f"The file {row['filename']!r} is no longer kept; its rows are, in the dataset's history"
        raise Gone("source-not-kept", detail, extra={"sha256": sha256}) from None
    headers["Content-Length"] = str(end - start)
    whole = (start, end) == (0, size)
    if not whole:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return StreamingResponse(pieces, 200 if whole else 206, headers, "application/octet-stream")


def attachment(filename: str) -> str:
    """The header that names a download (RFC 6266): in plain ASCII for old clients, and exactly."""
    plain = "".join(sign if " " <= sign <= "~" and sign not in '"\\%' else "_" for sign in filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


def _range(request: Request, etag: str, size: int) -> tuple[int, int] | None:
    """The bytes a `Range` header asks for, the end excluded and perhaps before the start: there are none then.

    None where it asks for all, for several ranges, or for what it thinks is another file.
    """
    match = _RANGE.fullmatch(request.headers.get("range", ""))
    if match is None or request.headers.get("if-range", etag) != etag:
        return None
    first, last = match.groups()
    if not first:
        return (max(0, size - int(last)), size) if last else None
    if last and int(last) < int(first):
        return None
    return int(first), min(int(last) + 1, size) if last else size


def _unsatisfiable(request: Request, size: int) -> Response:
    detail = f"Range: {request.headers['range'][:60]} lies behind the file's {size:,} bytes"
    headers = {"Content-Range": f"bytes */{size}"}
    return problems.response(request, 416, "range-not-satisfiable", detail, headers=headers)
