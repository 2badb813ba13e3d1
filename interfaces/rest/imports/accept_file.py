"""Accepts the file of a request as an import job, into a new or an existing dataset, or inspects it."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from anyio import to_thread
from fastapi import Request, Response

from application.commands.envelope import CommandContext
from application.imports import acceptance, import_options
from application.imports.acceptance import AcceptedImport, ImportRequest, UploadedFile
from application.jobs.job import Job, JobState
from application.jobs.job_store import job_reads
from domain import exact_json
from domain.access.access import Access
from domain.columns import ColumnType, describe_type_error
from domain.errors import Fault, Invalid
from interfaces.formats.first_look import check_readable
from interfaces.http.json_text import parse_json
from interfaces.http.reading import find_snapshot, read_connection
from interfaces.http.request_access import access_of
from interfaces.http.requests import Preferences, command_context, parse_preferences
from interfaces.rest.imports.request_file import (
    FileParameters,
    receive_file,
    receive_file_or_reference,
)
from interfaces.rest.jobs import jobs
from interfaces.services import database, wiring
from interfaces.services.inspection_process import run_inspection
from interfaces.services.wiring import Service
from projections.query.snapshots import Snapshot


async def import_into_dataset(
    request: Request, snapshot: Snapshot, media_type: str, given: FileParameters, mode: str
) -> Response:
    """Import the request's file into an existing dataset: 202 with the dataset and the job."""
    service: Service = request.app.state.service
    preferences = parse_preferences(request)
    if mode == "upsert" and not snapshot.definition.key:
        detail = "upsert needs a key, and the dataset has none; use append or replace, or create a dataset with a key"
        raise Invalid("no-key", detail, (Fault("mode", "no-key", detail),))
    async with receive_file_or_reference(request, media_type, given, service) as (upload, parameters):
        for name, value in (
            ("name", parameters.name),
            ("key", parameters.key),
            ("description", parameters.description),
        ):
            if value:
                detail = f"{name} describes a new dataset and cannot be given for an existing one"
                raise Invalid("unknown-field", detail, (Fault(name, "unknown-field", detail),))
        await to_thread.run_sync(check_readable, upload.path, upload.filename)
        import_request = replace(
            _build_import_request(parameters, upload), mode=mode, into=snapshot.id, dry_run=preferences.dry_run
        )
        accepted = await to_thread.run_sync(_accept_upload, service, command_context(request), upload, import_request)
    name = snapshot.definition.name
    return await _accepted_response(request, accepted, name, snapshot.slug, snapshot.version, preferences)


async def inspect_upload(request: Request, media_type: str, given: FileParameters) -> Response:
    """The findings of an import of the request's file, without importing it."""
    service: Service = request.app.state.service
    async with receive_file(request, media_type, given, service) as (upload, parameters):
        await to_thread.run_sync(check_readable, upload.path, upload.filename)
        limits = wiring.file_limits(service.settings)
        found = await run_inspection(
            upload.path, upload.filename, _parse_options(parameters.options), service.settings.scratch, limits
        )
        upload.path.unlink()
    source = {"filename": upload.filename, "size": upload.size, "sha256": upload.sha256}
    return Response(exact_json.dumps({"source": source, **found}), media_type="application/json")


async def import_as_new_dataset(request: Request, media_type: str, given: FileParameters) -> Response:
    """Import the request's file as a new dataset: 202 with the dataset and the job."""
    service: Service = request.app.state.service
    preferences = parse_preferences(request)
    async with receive_file(request, media_type, given, service) as (upload, parameters):
        await to_thread.run_sync(check_readable, upload.path, upload.filename)
        import_request = replace(_build_import_request(parameters, upload), dry_run=preferences.dry_run)
        accepted = await to_thread.run_sync(_accept_upload, service, command_context(request), upload, import_request)
    return await _accepted_response(request, accepted, import_request.name, accepted.slug, 0, preferences)


async def recovered_response(request: Request, job_id: UUID) -> Response:
    """The response to a request whose file was accepted as `job_id` before its process died. Raises NotFound."""
    service: Service = request.app.state.service
    found = await to_thread.run_sync(_find_job, service, access_of(request), job_id)
    parameters = found.arguments
    accepted, name, version = AcceptedImport(found.dataset_id, parameters["slug"], job_id), parameters["name"], 0
    if parameters["mode"] != "create":
        async with read_connection(request) as opened:
            snapshot = await find_snapshot(request, opened, str(found.dataset_id))
        accepted = replace(accepted, slug=snapshot.slug)
        name, version = snapshot.definition.name, snapshot.version
    return await _accepted_response(request, accepted, name, accepted.slug, version, parse_preferences(request))


async def _accepted_response(
    request: Request, accepted: AcceptedImport, name: str, slug: str, version: int, preferences: Preferences
) -> Response:
    row = await jobs.wait_for_job(request, accepted.job_id, preferences.wait)
    dataset = {"id": str(accepted.dataset_id), "slug": slug, "name": name, "version": version}
    if JobState(row["state"]) is JobState.SUCCEEDED:
        dataset["version"] = row["result"]["version"]
    body = {"dataset": None if preferences.dry_run and not version else dataset, "job": row}
    headers = {"Location": f"/v1/jobs/{accepted.job_id}", **preferences.applied}
    return Response(exact_json.dumps(body), 202, headers, "application/json")


def _build_import_request(parameters: FileParameters, upload: UploadedFile) -> ImportRequest:
    name = _dataset_name(parameters, upload)
    for field_name, text in (("name", name), ("description", parameters.description), ("filename", upload.filename)):
        if why := describe_type_error(ColumnType.STRING, text):
            raise Invalid("invalid-form", f"{field_name}: {why}", (Fault(field_name, "type-error", why),))
    return ImportRequest(
        name,
        parameters.description,
        _parse_key(parameters.key),
        parameters.duplicates_allowed,
        _parse_options(parameters.options),
    )


def _dataset_name(parameters: FileParameters, upload: UploadedFile) -> str:
    return (parameters.name or Path(upload.filename).stem).strip() or "upload"


def _parse_key(text: str | None) -> list[str]:
    """Parse key columns: comma-separated names or a JSON list of them. Raises Invalid."""
    if not text or not text.strip():
        return []
    if text.lstrip().startswith("["):
        names = _parse_json("key", text)
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise Invalid("invalid-key", 'key must be a list of column names: sku,country or ["sku","country"]')
        return names
    return [name.strip() for name in text.split(",")]


def _parse_options(text: str | None) -> dict[str, Any]:
    options = _parse_json("options", text) if text and text.strip() else {}
    if not isinstance(options, dict):
        raise Invalid("invalid-options", "options must be a JSON object")
    import_options.parse_import_options(options)
    return options


def _parse_json(name: str, text: str) -> Any:
    try:
        return parse_json(text.encode(errors="surrogatepass"))
    except ValueError as error:
        raise Invalid("invalid-json", f"{name} is not valid JSON: {error}") from None


def _accept_upload(
    service: Service, context: CommandContext, upload: UploadedFile, import_request: ImportRequest
) -> AcceptedImport:
    with service.pool.connection() as connection:
        return acceptance.accept_import(connection, service.models, service.queue, context, upload, import_request)


def _find_job(service: Service, access: Access, job_id: UUID) -> Job:
    with database.transaction(service.pool) as cursor:
        return job_reads.find(cursor, access, job_id)
