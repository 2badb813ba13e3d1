"""`…/exports`: large exports as jobs; `/v1/jobs/{id}/download`: the file that came of one."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, BinaryIO
from uuid import UUID

from anyio import to_thread
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse

from application.commands.handler import Context
from application.exports import export_job, export_options
from application.exports.export_job import ExportWish
from application.exports.export_options import Format
from domain import exact_json
from domain.errors import Conflict, Fault, Gone, Invalid, NotFound
from interfaces.http.downloads import attachment
from interfaces.http.query_parameters import limits
from interfaces.http.reading import DatasetName, chosen, connection, find
from interfaces.http.requests import (
    context,
    is_unchanged,
    json_object,
    only_known_parameters,
    preferences,
)
from interfaces.rest.exports.export import downloaded
from interfaces.rest.jobs import jobs
from interfaces.rest.jobs.jobs import JobId
from interfaces.services.exports import export_stream
from interfaces.services.wiring import Service
from projections.query.compiled import Asked, ask
from projections.query.exports import Selection

router = APIRouter(prefix="/v1", tags=["exports"])
router.dependencies.append(Depends(only_known_parameters))

TEXTS = ("filter", "sort", "search")
FIELDS = (*export_options.NAMES, *TEXTS, "fields", "as_of")

BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "format": {"enum": [format.value for format in Format]},
                        "filter": {"type": "string"},
                        "sort": {"type": "string"},
                        "search": {"type": "string"},
                        "fields": {"type": "array", "items": {"type": "string"}},
                        "as_of": {"type": ["integer", "string"]},
                        "delimiter": {"type": "string"},
                        "bom": {"type": "boolean"},
                        "formula_guard": {"type": "boolean"},
                        "original_format": {"type": "boolean"},
                    },
                },
                "example": {"format": "xlsx", "filter": "price ge 10", "sort": "-price", "fields": ["name", "price"]},
            }
        },
    }
}


@router.post(
    "/datasets/{dataset}/exports", status_code=202, summary="An export as a job, to be fetched", openapi_extra=BODY
)
async def begin_export(request: Request, dataset: DatasetName) -> Response:
    body = await json_object(request, FIELDS)
    options = export_options.parse({n: body[n] for n in export_options.NAMES if n in body}, Invalid)
    asked = Asked(**{name: _text(body, name) for name in TEXTS})
    fields, as_of = _fields(body), _as_of(body)
    async with connection(request) as opened:
        snapshot = await find(request, opened, dataset, as_of)
    question = ask(snapshot.definition, asked, limits(request))
    selection = Selection(snapshot, question, chosen(snapshot.definition, fields))
    export_stream.must_fit(selection.columns, options.format)
    wish = ExportWish(
        dataset_id=snapshot.id,
        version=snapshot.version,
        fields=[column.name for column in selection.columns],
        question=asdict(question.asked),
        options=options,
        filename=export_stream.filename(selection, options.format),
    )
    job_id = await to_thread.run_sync(_accept, request.app.state.service, context(request), wish)
    return await accepted(request, job_id)


async def accepted(request: Request, job_id: UUID) -> Response:
    """The job as it is, or as it ends if the request waits for it."""
    wishes = preferences(request)
    job = await jobs.ended(request, job_id, wishes.wait)
    applied = {"Preference-Applied": f"wait={wishes.wait:g}"} if wishes.wait else {}
    headers = {"Location": f"/v1/jobs/{job_id}", **applied}
    return Response(exact_json.dumps({"job": job}), 202, headers, "application/json")


@router.head("/jobs/{id}/download", include_in_schema=False)
@router.get("/jobs/{id}/download", summary="The file of an export job; `Range`", response_class=StreamingResponse)
async def download(request: Request, id: JobId) -> Response:
    job = await jobs.ended(request, id, 0)
    result = _result(job)
    async with connection(request) as opened:
        await find(request, opened, job["dataset"])
    headers = {
        "Content-Disposition": attachment(result["filename"]),
        "ETag": f'"{result["sha256"]}"',
        "Rowledger-Version": str(result["version"]),
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
    }
    if is_unchanged(request, headers["ETag"]):
        return Response(None, 304, headers)
    media_type = export_stream.SHAPES[Format(result["format"])].media_type
    file = await to_thread.run_sync(_opened, request.app.state.service, id, job["attempt"])
    if request.method == "HEAD":
        file.close()
        return Response(None, 200, headers | {"Content-Length": str(result["bytes"])}, media_type)
    return downloaded(request, file, headers, media_type)


def _accept(service: Service, asked: Context, wish: ExportWish) -> UUID:
    with service.pool.connection() as opened:
        return export_job.accept(opened, service.queue, asked, wish)


def _result(job: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an export job came to. Raises NotFound for another kind of job, Conflict unless it has succeeded."""
    if job["kind"] != export_job.KIND:
        raise NotFound("no-download", f"The job {job['id']} is an {job['kind']}: there is no file to fetch")
    if job["state"] != "succeeded":
        detail = f"The job {job['id']} is {job['state']}: its file can be fetched once it has succeeded"
        raise Conflict("export-not-ready", detail, extra={"state": job["state"]})
    result: Mapping[str, Any] = job["result"]
    return result


def _opened(service: Service, id: UUID, attempt: int) -> BinaryIO:
    try:
        return export_job.path_of(service.settings.exports, id, attempt).open("rb")
    except FileNotFoundError:
        raise Gone("export-expired", f"The file of the job {id} is no longer kept; export again") from None


def _text(body: Mapping[str, Any], name: str) -> str:
    text = body.get(name) or ""
    if not isinstance(text, str):
        raise _wrong(name, f"{name} must be a string")
    return text


def _fields(body: Mapping[str, Any]) -> str | None:
    """The columns as a query writes them; a body may also list them."""
    given = body.get("fields")
    if given is None or isinstance(given, str):
        return given
    if not isinstance(given, Sequence) or not given or not all(isinstance(name, str) for name in given):
        raise _wrong("fields", 'fields is a list of column names like ["name", "price"]')
    return ",".join('"' + name.replace('"', '""') + '"' for name in given)


def _as_of(body: Mapping[str, Any]) -> str | None:
    given = body.get("as_of")
    if given is not None and (isinstance(given, bool) or not isinstance(given, int | str)):
        raise _wrong("as_of", "as_of is a version number or a time like 2024-01-31T12:30:00Z")
    return None if given is None else str(given)


def _wrong(name: str, detail: str) -> Invalid:
    return Invalid("type-error", detail, (Fault(f"/{name}", "type-error", detail),))
