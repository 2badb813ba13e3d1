"""`/v1/datasets`: make, list, read, change and delete datasets."""

from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from anyio import to_thread
from fastapi import APIRouter, Depends, Query, Request, Response

from application.commands import datasets as use_cases
from application.commands.handler import Context, Outcome
from domain import exact_json
from domain.dataset.commands import ChangeDataset, DeleteDataset
from domain.errors import Fault, Invalid
from domain.schema import Definition, pointer_token
from interfaces.http.reading import AsOf, DatasetName, Limit, answer, connection, find, listed
from interfaces.http.requests import (
    context,
    if_match,
    json_object,
    media_type,
    must_know,
    only_known_parameters,
    preferences,
)
from interfaces.rest import change_responses
from interfaces.rest.command_execution import carry_out
from interfaces.rest.datasets.definition_body import definition_of
from interfaces.rest.imports import accept_file, request_file
from interfaces.rest.imports.request_file import FILE_CONTENT
from interfaces.services import database, representations, wiring
from interfaces.services.wiring import Service
from projections.query import listings, snapshots

router = APIRouter(prefix="/v1/datasets", tags=["datasets"])
router.dependencies.append(Depends(only_known_parameters))

EMPTY_FIELDS = ("name", "description", "columns", "key")
UPLOAD_FIELDS = ("upload", "name", "description", "key", "options", "filename")

CREATE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"type": "object", "required": ["name", "columns"]},
                "example": {"name": "Products", "columns": [{"name": "sku", "type": "string"}], "key": ["sku"]},
            },
            **FILE_CONTENT,
        },
    }
}


@router.post("", status_code=201, summary="Make a dataset: empty (JSON) or from a file", openapi_extra=CREATE_BODY)
async def create_dataset(
    request: Request,
    name: Annotated[str | None, Query(description="with a raw file: the dataset's name")] = None,
    key: Annotated[str | None, Query(description="with a raw file: names of the key columns")] = None,
    options: Annotated[str | None, Query(description="with a raw file: options as JSON")] = None,
    filename: Annotated[str | None, Query(description="with a raw file: its name")] = None,
    duplicates: Annotated[str | None, Query(pattern="^allow$", description="`allow` the same file again")] = None,
    upload: Annotated[str | None, Query(description="a resumable upload (id or URL) instead of a body")] = None,
) -> Response:
    said = (name, key, options, filename, upload)
    if media_type(request) != "application/json" or any(one is not None for one in said):
        given = request_file.Parameters(name, key, options, filename, duplicates == "allow", upload=upload)
        if upload is not None:
            request_file.must_be_empty(request)
        return await accept_file.import_new(request, media_type(request), given)
    service: Service = request.app.state.service
    body = await json_object(request, [*EMPTY_FIELDS, *UPLOAD_FIELDS])
    if "upload" in body:
        must_know(body, UPLOAD_FIELDS, "")
        given = request_file.of_json(body, duplicates == "allow")
        return await accept_file.import_new(request, media_type(request), given)
    must_know(body, EMPTY_FIELDS, "")
    definition = definition_of(body, service.settings.limits.columns)
    wishes = preferences(request)
    id, outcome = await to_thread.run_sync(_create, service, context(request), definition, wishes.dry_run)
    if wishes.dry_run:
        return change_responses.dry_run(request, outcome, representations.planned_dataset(outcome.state))
    return await _present(request, str(id), 201, {"Location": f"/v1/datasets/{id}"})


@router.get("", summary="The workspace's datasets, newest first")
async def list_datasets(
    request: Request,
    limit: Limit = 50,
    cursor: Annotated[UUID | None, Query(description="the `next` of the page before")] = None,
) -> Response:
    async with connection(request) as opened:
        rows = await listings.datasets(opened, wiring.WORKSPACE, cursor, limit + 1)
    following = str(rows[limit - 1]["dataset_id"]) if len(rows) > limit else None
    texts = [exact_json.dumps(representations.listed_dataset(row)) for row in rows[:limit]]
    return listed(request, texts, following, limit)


@router.get("/{dataset}", summary="One dataset: columns, key, counts")
async def read_dataset(request: Request, dataset: DatasetName, as_of: AsOf = None) -> Response:
    async with connection(request) as opened:
        snapshot = await find(request, opened, dataset, as_of)
    return answer(request, exact_json.dumps(representations.dataset(snapshot)), snapshot.version)


@router.patch("/{dataset}", summary="Change name, description or column names")
async def change_dataset(request: Request, dataset: DatasetName) -> Response:
    body = await json_object(request, ["name", "description", "columns"])
    command = _change(body, if_match(request))
    id, outcome = await carry_out(request, dataset, command)
    if outcome.dry_run:
        return await _planned(request, str(id), outcome)
    return await _present(request, str(id), 200, {})


@router.delete("/{dataset}", status_code=204, summary="Delete a dataset; its history is kept until purged")
async def delete_dataset(request: Request, dataset: DatasetName) -> Response:
    id, outcome = await carry_out(request, dataset, DeleteDataset(if_match(request)))
    if outcome.dry_run:
        return await _planned(request, str(id), outcome)
    return change_responses.removed(request, outcome)


def _create(service: Service, asked: Context, definition: Definition, dry_run: bool) -> tuple[UUID, Outcome]:
    with database.transaction(service.pool, undone=dry_run) as cursor:
        return use_cases.create(cursor, service.handler, asked, definition, dry_run=dry_run)


async def _planned(request: Request, dataset: str, outcome: Outcome) -> Response:
    """The dataset as a dry run would leave it."""
    async with connection(request) as opened:
        snapshot = await snapshots.find(opened, wiring.WORKSPACE, dataset)
    return change_responses.dry_run(
        request, outcome, representations.dataset(replace(snapshot, definition=outcome.state.definition))
    )


async def _present(request: Request, dataset: str, status: int, headers: dict[str, str]) -> Response:
    """The dataset as it is now: what a command answers with."""
    async with connection(request) as opened:
        snapshot = await snapshots.find(opened, wiring.WORKSPACE, dataset)
    tags = {"ETag": f'"{snapshot.version}"', "Rowledger-Version": str(snapshot.version)}
    return Response(exact_json.dumps(representations.dataset(snapshot)), status, headers | tags, "application/json")


def _change(body: dict[str, Any], if_version: int | None) -> ChangeDataset:
    faults = [
        Fault(f"/{field}", "type-error", f"{field} must be a string")
        for field in ("name", "description")
        if not isinstance(body.get(field, ""), str)
    ]
    if not faults and "name" in body and not body["name"].strip():
        faults.append(Fault("/name", "required", "a dataset needs a name"))
    columns, renames = body.get("columns", {}), {}
    if not isinstance(columns, dict):
        faults.append(Fault("/columns", "type-error", 'columns is an object like {"old": {"name": "new"}}'))
        columns = {}
    for old, change in columns.items():
        pointer = f"/columns/{pointer_token(old)}"
        if not isinstance(change, dict) or not isinstance(change.get("name"), str):
            faults.append(Fault(pointer, "type-error", 'a column is renamed by {"name": "new"}'))
            continue
        must_know(change, ["name"], pointer)
        renames[old] = change["name"].strip()
    if faults:
        raise Invalid("invalid-dataset", faults[0].detail, tuple(faults))
    name = body["name"].strip() if "name" in body else None
    return ChangeDataset(name, body.get("description"), renames, if_version)
