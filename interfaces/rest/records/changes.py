"""`…/records`: creates, updates, replaces and deletes single records."""

from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from domain.dataset.commands import CreateRecord, DeleteRecord, ReplaceRecord, UpdateRecord
from domain.errors import Fault, Invalid
from interfaces.http.query_parameters import RecordId, parse_record_id
from interfaces.http.reading import DatasetName
from interfaces.http.requests import parse_if_match, read_json_object, reject_unknown_parameters
from interfaces.rest import change_responses
from interfaces.rest.command_execution import execute_command

router = APIRouter(prefix="/v1/datasets/{dataset}/records", tags=["records"])
router.dependencies.append(Depends(reject_unknown_parameters))

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
    values = await read_values(request)
    dataset_id, outcome = await execute_command(request, dataset, CreateRecord(values))
    (id,) = outcome.targets
    return change_responses.record_response(
        request, id, outcome, 201, {"Location": f"/v1/datasets/{dataset_id}/records/{id}"}
    )


@router.patch("/{id}", summary="Change some columns of a record (RFC 7396)", openapi_extra=VALUES_BODY)
async def update_record(request: Request, dataset: DatasetName, id: RecordId) -> Response:
    number, values = parse_record_id(id), await read_values(request)
    _, outcome = await execute_command(request, dataset, UpdateRecord(number, values, parse_if_match(request)))
    return change_responses.record_response(request, number, outcome)


@router.put("/{id}", summary="Replace a record", openapi_extra=VALUES_BODY)
async def replace_record(request: Request, dataset: DatasetName, id: RecordId) -> Response:
    number, values = parse_record_id(id), await read_values(request)
    _, outcome = await execute_command(request, dataset, ReplaceRecord(number, values, parse_if_match(request)))
    return change_responses.record_response(request, number, outcome)


@router.delete("/{id}", status_code=204, summary="Remove a record; its history stays")
async def delete_record(request: Request, dataset: DatasetName, id: RecordId) -> Response:
    _, outcome = await execute_command(request, dataset, DeleteRecord(parse_record_id(id), parse_if_match(request)))
    return change_responses.removed_response(request, outcome)


async def read_values(request: Request) -> dict[str, Any]:
    """The body's `values`, by column name. Raises as `read_json_object`, and Invalid if `values` is missing."""
    body = await read_json_object(request, ["values"])
    values = body.get("values")
    if not isinstance(values, dict):
        fault = Fault("/values", "required", 'the body must be an object like {"values": {"name": "Ann"}}')
        raise Invalid("invalid-body", fault.detail, (fault,))
    return values
