"""`…/imports`: import files into a dataset, list imports and their rejected rows."""

from collections.abc import AsyncIterator
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from domain import exact_json
from interfaces.http.openapi import headers as api_headers
from interfaces.http.openapi.answers import NOT_MODIFIED, TEXT, page_answer, read_answer
from interfaces.http.openapi.operation import describe
from interfaces.http.openapi.problem_codes import IMPORT, ONE_IMPORT
from interfaces.http.reading import (
    VARY,
    DatasetName,
    Limit,
    PageCursor,
    find_snapshot,
    json_response,
    list_response,
    parse_paging_position,
    read_connection,
)
from interfaces.http.requests import is_unchanged, reject_unknown_parameters, request_media_type
from interfaces.rest.imports import accept_file, reject_csv, request_file
from interfaces.rest.imports.import_answers import ACCEPTED, FILE_OR_UPLOAD
from interfaces.rest.imports.request_file import AllowDuplicates, FileName, FileOptions, UploadReference
from interfaces.services import representations
from interfaces.services.json_types import ImportJson, RejectJson
from projections.query import listings

REJECTS_PER_READ = 1_000

router = APIRouter(prefix="/v1/datasets/{dataset}/imports", tags=["imports"])
router.dependencies.append(Depends(reject_unknown_parameters))

ImportId = Annotated[UUID, Path(description="the import's id")]


IMPORT_FILE = describe(
    ACCEPTED, body=FILE_OR_UPLOAD, headers=[api_headers.prefer("wait", "dry-run")], problems=[IMPORT]
)
LIST = describe(page_answer(ImportJson, "A page of imports"), NOT_MODIFIED)
READ = describe(read_answer(ImportJson, "The import"), NOT_MODIFIED, problems=[ONE_IMPORT])
LIST_REJECTS = describe(
    page_answer(RejectJson, "A page of rejected rows, or all of them as CSV", {"text/csv": TEXT}),
    NOT_MODIFIED,
    problems=[ONE_IMPORT],
)


@router.post(
    "",
    status_code=202,
    summary="Import a file into the dataset: append, upsert or replace",
    openapi_extra=IMPORT_FILE,
)
async def import_file(
    request: Request,
    dataset: DatasetName,
    mode: Annotated[
        str, Query(pattern="^(append|upsert|replace)$", description="how rows change existing records")
    ] = "append",
    options: FileOptions = None,
    filename: FileName = None,
    duplicates: AllowDuplicates = None,
    upload: UploadReference = None,
) -> Response:
    async with read_connection(request) as opened:
        snapshot = await find_snapshot(request, opened, dataset)
    given = request_file.FileParameters(
        options=options, filename=filename, duplicates_allowed=duplicates == "allow", upload=upload
    )
    if upload is not None:
        request_file.check_no_body(request)
    return await accept_file.import_into_dataset(request, snapshot, request_media_type(request), given, mode)


@router.get("", summary="The dataset's imports, newest first", openapi_extra=LIST)
async def list_imports(
    request: Request, dataset: DatasetName, limit: Limit = 50, cursor: PageCursor = None
) -> Response:
    position = parse_paging_position(cursor)
    async with read_connection(request) as opened:
        snapshot = await find_snapshot(request, opened, dataset)
        up_to = snapshot.version if position is None else position
        rows = await listings.imports(opened, snapshot, up_to, limit + 1)
    next_cursor = rows[limit]["version"] if len(rows) > limit else None
    texts = [exact_json.dumps(representations.import_json(row)) for row in rows[:limit]]
    return list_response(request, texts, next_cursor, limit, snapshot.version)


@router.get(
    "/{id}",
    summary="One import: source file, detected options, rows read, accepted and rejected",
    openapi_extra=READ,
)
async def read_import(request: Request, dataset: DatasetName, id: ImportId) -> Response:
    async with read_connection(request) as opened:
        snapshot = await find_snapshot(request, opened, dataset)
        row = await listings.import_by_id(opened, snapshot, id)
    return json_response(
        request, exact_json.dumps(representations.import_json(row)), snapshot.version, etag=row["version"]
    )


@router.get("/{id}/rejects", summary="The rejected rows, with their lines in the file", openapi_extra=LIST_REJECTS)
async def list_rejects(
    request: Request,
    dataset: DatasetName,
    id: ImportId,
    limit: Limit = 50,
    cursor: PageCursor = None,
    format: Annotated[
        str, Query(pattern="^(json|csv)$", description="`csv`: all rejected rows, to be corrected and imported again")
    ] = "json",
) -> Response:
    if format == "csv":
        return await _rejects_csv_response(request, dataset, id)
    after = parse_paging_position(cursor) or 0
    async with read_connection(request) as opened:
        snapshot = await find_snapshot(request, opened, dataset)
        await listings.import_by_id(opened, snapshot, id)
        rows = await listings.rejects(opened, snapshot, id, after, limit + 1)
    next_cursor = rows[limit - 1]["number"] if len(rows) > limit else None
    texts = [exact_json.dumps(representations.reject_json(row)) for row in rows[:limit]]
    return list_response(request, texts, next_cursor, limit, snapshot.version)


async def _rejects_csv_response(request: Request, dataset: str, id: UUID) -> Response:
    """All rejected rows as CSV: the file's columns, then the fault of each row."""
    async with read_connection(request) as opened:
        snapshot = await find_snapshot(request, opened, dataset)
        found = await listings.import_by_id(opened, snapshot, id)
    columns = found["columns"]

    async def lines() -> AsyncIterator[str]:
        yield reject_csv.csv_header(columns)
        after = 0
        while True:
            async with read_connection(request) as opened:
                rows = await listings.rejects(opened, snapshot, id, after, REJECTS_PER_READ)
            if not rows:
                return
            yield "".join(reject_csv.csv_line(columns, row) for row in rows)
            after = rows[-1]["number"]

    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(snapshot.slug)}-rejects.csv",
        "ETag": f'"{found["version"]}"',
        "Rowledger-Version": str(snapshot.version),
        "Cache-Control": "no-cache",
        "Vary": VARY,
    }
    if is_unchanged(request, headers["ETag"]):
        return Response(None, 304, headers)
    return StreamingResponse(lines(), 200, headers, "text/csv; charset=utf-8")
