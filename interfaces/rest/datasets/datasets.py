"""`/v1/datasets`: create, list, read, change and delete datasets."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Annotated
from uuid import UUID

from anyio import to_thread
from fastapi import APIRouter, Depends, Query, Request, Response

from application.columns.change_columns import ColumnOutcome, ColumnRequest, change_columns
from application.commands import datasets as use_cases
from application.commands.envelope import CommandContext, CommandOutcome
from domain import exact_json
from domain.dataset.columns.column_changes import ColumnChanges
from domain.dataset.commands import DeleteDataset
from domain.schema import Definition
from interfaces.http.openapi import headers
from interfaces.http.openapi.answers import NOT_MODIFIED, empty_answer, json_answer, page_answer, read_answer
from interfaces.http.openapi.operation import describe
from interfaces.http.openapi.problem_codes import CHANGE, COLUMN_CHANGE, DEFINITION, IMPORT
from interfaces.http.openapi.schemas import member_names
from interfaces.http.reading import (
    AsOf,
    DatasetName,
    Limit,
    find_snapshot,
    json_response,
    list_response,
    read_connection,
)
from interfaces.http.request_access import access_of
from interfaces.http.requests import (
    check_fields_known,
    command_context,
    parse_if_match,
    parse_preferences,
    read_json_object,
    reject_unknown_parameters,
    request_media_type,
)
from interfaces.rest import change_responses
from interfaces.rest.change_answers import CHANGE_HEADERS
from interfaces.rest.command_execution import execute_command, find_dataset_id
from interfaces.rest.datasets.change_body import parse_change, to_simple_command
from interfaces.rest.datasets.dataset_bodies import (
    CREATE_BODY,
    UPDATE_BODY,
    ChangedDatasetJson,
    DatasetChangeJson,
    DatasetFromUploadJson,
    NewDatasetJson,
    PlannedCreationJson,
)
from interfaces.rest.datasets.definition_body import parse_definition
from interfaces.rest.imports import accept_file, import_answers, request_file
from interfaces.rest.imports.request_file import AllowDuplicates, FileName, FileOptions, UploadReference
from interfaces.services import database, representations
from interfaces.services.json_types import DatasetJson
from interfaces.services.wiring import Service
from projections.models.datasets import dataset_reads

router = APIRouter(prefix="/v1/datasets", tags=["datasets"])
router.dependencies.append(Depends(reject_unknown_parameters))

EMPTY_FIELDS = member_names(NewDatasetJson)
UPLOAD_FIELDS = member_names(DatasetFromUploadJson)

CREATE = describe(
    json_answer(DatasetJson, "The new dataset, empty", 201, headers.LOCATION, headers.ETAG, headers.VERSION),
    import_answers.ACCEPTED,
    json_answer(PlannedCreationJson, "With `dry-run`: the dataset as it would be", 200, *CHANGE_HEADERS),
    body=CREATE_BODY,
    headers=[headers.prefer("wait", "dry-run")],
    problems=[DEFINITION, IMPORT],
)
LIST = describe(page_answer(DatasetJson, "A page of datasets"), NOT_MODIFIED)
READ = describe(read_answer(DatasetJson, "The dataset"), NOT_MODIFIED)
CHANGED = "The dataset as it is now, or with `dry-run` as it would be"
UPDATE = describe(
    json_answer(ChangedDatasetJson, CHANGED, 200, headers.ETAG, *CHANGE_HEADERS),
    body=UPDATE_BODY,
    headers=[headers.IF_MATCH, headers.prefer("dry-run", "max-affected")],
    problems=[DEFINITION, CHANGE, COLUMN_CHANGE],
)
DELETE = describe(
    empty_answer(204, "Deleted", *CHANGE_HEADERS),
    json_answer(ChangedDatasetJson, "With `dry-run`: the dataset that would be deleted", 200, *CHANGE_HEADERS),
    headers=[headers.IF_MATCH, headers.prefer("dry-run", "max-affected", "return=minimal")],
    problems=[CHANGE],
)


@router.post("", status_code=201, summary="Create a dataset: empty (JSON) or from a file", openapi_extra=CREATE)
async def create_dataset(
    request: Request,
    name: Annotated[str | None, Query(description="with a raw file: the dataset's name")] = None,
    key: Annotated[str | None, Query(description="with a raw file: names of the key columns")] = None,
    options: FileOptions = None,
    filename: FileName = None,
    duplicates: AllowDuplicates = None,
    upload: UploadReference = None,
) -> Response:
    raw_file_parameters = (name, key, options, filename, upload)
    if request_media_type(request) != "application/json" or any(one is not None for one in raw_file_parameters):
        given = request_file.FileParameters(name, key, options, filename, duplicates == "allow", upload=upload)
        if upload is not None:
            request_file.check_no_body(request)
        return await accept_file.import_as_new_dataset(request, request_media_type(request), given)
    service: Service = request.app.state.service
    body = await read_json_object(request, [*EMPTY_FIELDS, *UPLOAD_FIELDS])
    if "upload" in body:
        check_fields_known(body, UPLOAD_FIELDS, "")
        given = request_file.parse_upload_reference(body, duplicates == "allow")
        return await accept_file.import_as_new_dataset(request, request_media_type(request), given)
    check_fields_known(body, EMPTY_FIELDS, "")
    definition = parse_definition(body, service.settings.limits.columns)
    preferences = parse_preferences(request)
    id, outcome = await to_thread.run_sync(
        _create_empty, service, command_context(request), definition, preferences.dry_run
    )
    if preferences.dry_run:
        return change_responses.dry_run_response(
            request, outcome, representations.planned_dataset_json(outcome.state)
        )
    return await _current_response(request, str(id), 201, {"Location": f"/v1/datasets/{id}"})


@router.get("", summary="The workspace's datasets, newest first", openapi_extra=LIST)
async def list_datasets(
    request: Request,
    limit: Limit = 50,
    cursor: Annotated[UUID | None, Query(description="`next` of the previous page")] = None,
) -> Response:
    async with read_connection(request) as opened:
        rows = await dataset_reads.list_datasets(opened, access_of(request), cursor, limit + 1)
    next_cursor = str(rows[limit - 1]["dataset_id"]) if len(rows) > limit else None
    texts = [exact_json.dumps(representations.listed_dataset_json(row)) for row in rows[:limit]]
    return list_response(request, texts, next_cursor, limit)


@router.get("/{dataset}", summary="One dataset: columns, key, counts", openapi_extra=READ)
async def read_dataset(request: Request, dataset: DatasetName, as_of: AsOf = None) -> Response:
    async with read_connection(request) as opened:
        snapshot = await find_snapshot(request, opened, dataset, as_of)
    return json_response(request, exact_json.dumps(representations.dataset_json(snapshot)), snapshot.version)


@router.patch("/{dataset}", summary="Change name, description, columns or key", openapi_extra=UPDATE)
async def change_dataset(request: Request, dataset: DatasetName) -> Response:
    changes = parse_change(await read_json_object(request, member_names(DatasetChangeJson)))
    simple = to_simple_command(changes, parse_if_match(request))
    if simple is None:
        return await _change_columns(request, dataset, changes)
    id, outcome = await execute_command(request, dataset, simple)
    if outcome.dry_run:
        return await _planned_response(request, str(id), outcome)
    return await _current_response(request, str(id), 200, {})


@router.delete(
    "/{dataset}",
    status_code=204,
    summary="Delete a dataset; its history is kept until purged",
    openapi_extra=DELETE,
)
async def delete_dataset(request: Request, dataset: DatasetName) -> Response:
    id, outcome = await execute_command(request, dataset, DeleteDataset(parse_if_match(request)))
    if outcome.dry_run:
        return await _planned_response(request, str(id), outcome)
    return change_responses.removed_response(request, outcome)


async def _change_columns(request: Request, dataset: str, changes: ColumnChanges) -> Response:
    service: Service = request.app.state.service
    preferences = parse_preferences(request)
    wanted = ColumnRequest(changes, parse_if_match(request), preferences.dry_run, preferences.max_affected)
    id = await find_dataset_id(request, dataset)
    call = partial(change_columns, service.columns, command_context(request), id, wanted)
    done: ColumnOutcome = await to_thread.run_sync(call)
    more = {
        "summary": change_responses.summary_counts(done.outcome.summary),
        "conversions": [representations.conversion_json(one) for one in done.conversions],
    }
    if done.outcome.dry_run:
        return await _planned_response(request, str(id), done.outcome, {**more, **done.failures.to_json()})
    return await _current_response(request, str(id), 200, preferences.applied, more)


def _create_empty(
    service: Service, context: CommandContext, definition: Definition, dry_run: bool
) -> tuple[UUID, CommandOutcome]:
    with database.transaction(service.pool, roll_back=dry_run) as cursor:
        return use_cases.create_dataset(cursor, service.handler, context, definition, dry_run=dry_run)


async def _planned_response(
    request: Request, dataset: str, outcome: CommandOutcome, more: Mapping[str, object] = {}
) -> Response:
    """The dataset as it would be after the dry-run command."""
    async with read_connection(request) as opened:
        snapshot = await find_snapshot(request, opened, dataset)
    planned = representations.dataset_json(replace(snapshot, definition=outcome.state.definition))
    return change_responses.dry_run_response(request, outcome, {**planned, **more})


async def _current_response(
    request: Request, dataset: str, status: int, headers: Mapping[str, str], more: Mapping[str, object] = {}
) -> Response:
    """The current dataset, as the response to a command."""
    async with read_connection(request) as opened:
        snapshot = await find_snapshot(request, opened, dataset)
    tags = {"ETag": f'"{snapshot.version}"', "Rowledger-Version": str(snapshot.version)}
    body = {**representations.dataset_json(snapshot), **more}
    return Response(exact_json.dumps(body), status, {**headers, **tags}, "application/json")
