"""`…/exports`: exports as jobs; `/v1/jobs/{id}/download`: the file of an export job."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any, BinaryIO, NotRequired, assert_never
from uuid import UUID

from anyio import to_thread
from fastapi import APIRouter, Depends, Request, Response
from typing_extensions import TypedDict

from application.commands.envelope import CommandContext
from application.exports import export_job, export_options
from application.exports.export_files import get_export_path
from application.exports.export_job import ExportRequest
from application.exports.export_options import ExportFormat
from application.jobs.job import JobState
from application.jobs.kinds import JobKindName, parse_kind
from domain.errors import Conflict, Fault, Gone, Invalid, NotFound
from interfaces.http.downloads import content_disposition
from interfaces.http.openapi import headers as api_headers
from interfaces.http.openapi.answers import NOT_MODIFIED, Answer
from interfaces.http.openapi.operation import describe, json_body
from interfaces.http.openapi.problem_codes import DOWNLOAD, EXPORT_BODY, MOMENT, QUERY
from interfaces.http.openapi.schemas import member_names
from interfaces.http.query_parameters import request_limits
from interfaces.http.reading import DatasetName, find_snapshot, read_connection, select_columns
from interfaces.http.requests import (
    command_context,
    is_unchanged,
    read_json_object,
    reject_unknown_parameters,
)
from interfaces.rest.exports.export import FILE_CONTENT, FILE_HEADERS, PART, file_response
from interfaces.rest.jobs import jobs
from interfaces.rest.jobs.jobs import JobId
from interfaces.services.exports import export_stream
from interfaces.services.json_types import Keywords
from interfaces.services.wiring import Service
from projections.query.compiled import QuerySpec, compile_query
from projections.query.exports.export_rows import ExportSelection

router = APIRouter(prefix="/v1", tags=["exports"])
router.dependencies.append(Depends(reject_unknown_parameters))

QUERY_TEXT_FIELDS = ("filter", "sort", "search")


class ExportBodyJson(TypedDict):
    """The format and its options, and the query."""

    format: NotRequired[ExportFormat]
    delimiter: NotRequired[Annotated[str, Keywords("csv", more={"enum": list(export_options.DELIMITERS)})]]
    bom: NotRequired[Annotated[bool, Keywords("csv: begin with a byte order mark, for Excel")]]
    formula_guard: NotRequired[Annotated[bool, Keywords("csv: an apostrophe before text like a formula")]]
    original_format: NotRequired[Annotated[bool, Keywords("csv: values as the source file wrote them")]]
    filter: NotRequired[str | None]
    sort: NotRequired[str | None]
    search: NotRequired[str | None]
    fields: NotRequired[Annotated[list[str], Keywords(more={"minItems": 1})] | str | None]
    as_of: NotRequired[int | str | None]


EXPORT_EXAMPLE = {"format": "xlsx", "filter": "area_km2 ge 1000", "sort": "-area_km2", "fields": ["name", "area_km2"]}
BEGIN = describe(
    jobs.ACCEPTED,
    body=json_body(ExportBodyJson, {"some columns": EXPORT_EXAMPLE}),
    headers=[api_headers.prefer("wait")],
    problems=[EXPORT_BODY, QUERY, MOMENT],
)
FETCH = describe(Answer(200, "The file", FILE_CONTENT, FILE_HEADERS), PART, NOT_MODIFIED, problems=[DOWNLOAD])


@router.post(
    "/datasets/{dataset}/exports",
    status_code=202,
    summary="Start an export job",
    openapi_extra=BEGIN,
)
async def begin_export(request: Request, dataset: DatasetName) -> Response:
    body = await read_json_object(request, member_names(ExportBodyJson))
    options = export_options.parse_export_options(
        {n: body[n] for n in export_options.OPTION_NAMES if n in body}, Invalid
    )
    spec = QuerySpec(**{name: _parse_text(body, name) for name in QUERY_TEXT_FIELDS})
    fields, as_of = _parse_fields(body), _parse_as_of(body)
    async with read_connection(request) as opened:
        snapshot = await find_snapshot(request, opened, dataset, as_of)
    query = compile_query(snapshot.definition, spec, request_limits(request))
    selection = ExportSelection(snapshot, query, select_columns(snapshot.definition, fields))
    export_stream.check_columns_fit(selection.columns, options.format)
    export_request = ExportRequest(
        dataset_id=snapshot.id,
        version=snapshot.version,
        fields=[column.name for column in selection.columns],
        query=asdict(query.spec),
        options=options,
        filename=export_stream.export_filename(selection, options.format),
    )
    job_id = await to_thread.run_sync(
        _accept_export, request.app.state.service, command_context(request), export_request
    )
    return await jobs.accepted_job_response(request, job_id)


@router.head("/jobs/{id}/download", include_in_schema=False)
@router.get("/jobs/{id}/download", summary="The file of an export job; supports `Range`", openapi_extra=FETCH)
async def download_export(request: Request, id: JobId) -> Response:
    job = await jobs.wait_for_job(request, id, 0)
    result = _export_result(job)
    async with read_connection(request) as opened:
        await find_snapshot(request, opened, job["dataset"])
    headers = {
        "Content-Disposition": content_disposition(result["filename"]),
        "ETag": f'"{result["sha256"]}"',
        "Rowledger-Version": str(result["version"]),
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
    }
    if is_unchanged(request, headers["ETag"]):
        return Response(None, 304, headers)
    media_type = export_stream.FILE_TYPES[ExportFormat(result["format"])].media_type
    file = await to_thread.run_sync(_open_file, request.app.state.service, id, job["attempt"])
    if request.method == "HEAD":
        file.close()
        return Response(None, 200, headers | {"Content-Length": str(result["bytes"])}, media_type)
    return file_response(request, file, headers, media_type)


def _accept_export(service: Service, context: CommandContext, export_request: ExportRequest) -> UUID:
    with service.pool.connection() as opened:
        return export_job.accept_export(opened, service.queue, context, export_request)


def _export_result(job: Mapping[str, Any]) -> Mapping[str, Any]:
    """The result of an export job. Raises NotFound for another kind of job, Conflict unless it has succeeded."""
    match parse_kind(job["kind"]):
        case JobKindName.EXPORT:
            pass
        case JobKindName.IMPORT | None:
            detail = f"The job {job['id']} has no file to fetch: it is not an export ({job['description']})"
            raise NotFound("no-download", detail)
        case kind:
            assert_never(kind)
    if JobState(job["state"]) is not JobState.SUCCEEDED:
        detail = f"The job {job['id']} is {job['state']}: its file can be downloaded once it has succeeded"
        raise Conflict("export-not-ready", detail, extra={"state": job["state"]})
    result: Mapping[str, Any] = job["result"]
    return result


def _open_file(service: Service, id: UUID, attempt: int) -> BinaryIO:
    try:
        return get_export_path(service.settings.exports, id, attempt).open("rb")
    except FileNotFoundError:
        raise Gone("export-expired", f"The file of the job {id} has been removed; export again") from None


def _parse_text(body: Mapping[str, Any], name: str) -> str:
    text = body.get(name) or ""
    if not isinstance(text, str):
        raise _type_error(name, f"{name} must be a string")
    return text


def _parse_fields(body: Mapping[str, Any]) -> str | None:
    """The columns as comma-separated text; the body may also have a list of names."""
    given = body.get("fields")
    if given is None or isinstance(given, str):
        return given
    if not isinstance(given, Sequence) or not given or not all(isinstance(name, str) for name in given):
        raise _type_error("fields", 'fields must be a list of column names like ["name", "price"]')
    return ",".join('"' + name.replace('"', '""') + '"' for name in given)


def _parse_as_of(body: Mapping[str, Any]) -> str | None:
    given = body.get("as_of")
    if given is not None and (isinstance(given, bool) or not isinstance(given, int | str)):
        raise _type_error("as_of", "as_of must be a version number or a time like 2024-01-31T12:30:00Z")
    return None if given is None else str(given)


def _type_error(name: str, detail: str) -> Invalid:
    return Invalid("type-error", detail, (Fault(f"/{name}", "type-error", detail),))
