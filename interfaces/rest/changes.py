"""`…/records` changed: records are created, updated, replaced and deleted."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from application.handle import Outcome, Wish
from domain import exact_json
from domain.dataset.commands import CreateRecord, DeleteRecord, RecordCommand, ReplaceRecord, UpdateRecord
from domain.dataset.state import Record
from domain.errors import Fault, Invalid, NotFound
from domain.schema import named_values
from interfaces.rest.asking import RecordId, record_id
from interfaces.rest.commands import carried_out
from interfaces.rest.reading import DatasetName, connection, find
from interfaces.rest.requests import context, if_match, json_object, only_known_parameters, preferences
from projections import lookup

router = APIRouter(prefix="/v1/datasets/{dataset}/records", tags=["records"])
router.dependencies.append(Depends(only_known_parameters))

VALUES_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["values"],
                    "properties": {"values": {"type": "object", "additionalProperties": True}},
                }
            }
        },
    }
}


@router.post("", status_code=201, summary="Create a record", openapi_extra=VALUES_BODY)
async def create_record(request: Request, dataset: DatasetName) -> Response:
    values = await _values(request)
    dataset_id, outcome = await _carry_out(request, dataset, CreateRecord(values))
    id = outcome.state.next_id - 1
    location = {"Location": f"/v1/datasets/{dataset_id}/records/{id}"}
    return _changed(request, id, outcome, 201, location)


@router.patch("/{id}", summary="Change some columns (RFC 7396)", openapi_extra=VALUES_BODY)
async def update_record(request: Request, dataset: DatasetName, id: RecordId) -> Response:
    number, values = record_id(id), await _values(request)
    _, outcome = await _carry_out(request, dataset, UpdateRecord(number, values, if_match(request)))
    return _changed(request, number, outcome)


@router.put("/{id}", summary="Set all columns", openapi_extra=VALUES_BODY)
async def replace_record(request: Request, dataset: DatasetName, id: RecordId) -> Response:
    number, values = record_id(id), await _values(request)
    _, outcome = await _carry_out(request, dataset, ReplaceRecord(number, values, if_match(request)))
    return _changed(request, number, outcome)


@router.delete("/{id}", status_code=204, summary="Remove a record; its history stays")
async def delete_record(request: Request, dataset: DatasetName, id: RecordId) -> Response:
    _, outcome = await _carry_out(request, dataset, DeleteRecord(record_id(id), if_match(request)))
    return Response(None, 204, {"Rowledger-Version": str(outcome.state.version)})


async def _values(request: Request) -> dict[str, Any]:
    body = await json_object(request, ["values"])
    values = body.get("values")
    if not isinstance(values, dict):
        fault = Fault("/values", "required", 'the body is an object like {"values": {"name": "Ann"}}')
        raise Invalid("invalid-body", fault.detail, (fault,))
    return values


async def _carry_out(request: Request, dataset: str, command: RecordCommand) -> tuple[UUID, Outcome]:
    """Have the command carried out; by id it needs no look-up, for the handler reads the head itself."""
    if (id := lookup.id_of(dataset)) is None:
        id = await _look_up(request, dataset)
    try:
        return id, await carried_out(request, Wish(id, command, context(request)))
    except NotFound as error:
        if error.code == "dataset-not-found":
            await _look_up(request, dataset)
        raise


async def _look_up(request: Request, dataset: str) -> UUID:
    async with connection(request) as opened:
        return (await find(request, opened, dataset)).id


def _changed(
    request: Request, id: int, outcome: Outcome, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    current = outcome.state.records[id]
    wishes = preferences(request)
    all_headers = {
        "ETag": f'"{current.version}"',
        "Rowledger-Version": str(outcome.state.version),
        **wishes.applied,
        **(headers or {}),
    }
    if wishes.minimal:
        return Response(None, 204 if status == 200 else status, all_headers)
    return Response(_json(id, current, outcome), status, all_headers, "application/json")


def _json(id: int, current: Record, outcome: Outcome) -> str:
    values = named_values(outcome.state.definition, current.values)
    return exact_json.dumps({"id": id, "version": current.version, "values": values})
