"""`…/records`: creates, updates, replaces and deletes single records."""

from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from domain.dataset.commands import CreateRecord, DeleteRecord, ReplaceRecord, UpdateRecord
from domain.errors import Fault, Invalid
from interfaces.http.openapi import headers
from interfaces.http.openapi.operation import describe, json_body
from interfaces.http.openapi.problem_codes import CHANGE, RECORD, VALUES
from interfaces.http.openapi.schemas import member_names
from interfaces.http.query_parameters import RecordId, parse_record_id
from interfaces.http.reading import DatasetName
from interfaces.http.requests import parse_if_match, read_json_object, reject_unknown_parameters
from interfaces.rest import change_responses
from interfaces.rest.change_answers import (
    CREATION_ANSWERS,
    RECORD_PREFERENCES,
    REMOVAL_ANSWERS,
    UPDATE_ANSWERS,
    ValuesBodyJson,
)
from interfaces.rest.command_execution import execute_command

router = APIRouter(prefix="/v1/datasets/{dataset}/records", tags=["records"])
router.dependencies.append(Depends(reject_unknown_parameters))

WHOLE_RECORD = json_body(
    ValuesBodyJson, {"a park": {"values": {"name": "Abisko", "established": "1909-04-30", "area_km2": 77}}}
)
SOME_VALUES = json_body(
    ValuesBodyJson, {"rename": {"values": {"name": "Abisko"}}, "clear a cell": {"values": {"area_km2": None}}}
)

CREATE = describe(*CREATION_ANSWERS, body=WHOLE_RECORD, headers=[RECORD_PREFERENCES], problems=[VALUES, CHANGE])
CHANGE_HEADERS = (headers.IF_MATCH, RECORD_PREFERENCES)
UPDATE = describe(*UPDATE_ANSWERS, body=SOME_VALUES, headers=CHANGE_HEADERS, problems=[RECORD, VALUES, CHANGE])
REPLACE = describe(*UPDATE_ANSWERS, body=WHOLE_RECORD, headers=CHANGE_HEADERS, problems=[RECORD, VALUES, CHANGE])
DELETE = describe(*REMOVAL_ANSWERS, headers=CHANGE_HEADERS, problems=[RECORD, CHANGE])


@router.post("", status_code=201, summary="Create a record", openapi_extra=CREATE)
async def create_record(request: Request, dataset: DatasetName) -> Response:
    values = await read_values(request)
    dataset_id, outcome = await execute_command(request, dataset, CreateRecord(values))
    (id,) = outcome.targets
    return change_responses.record_response(
        request, id, outcome, 201, {"Location": f"/v1/datasets/{dataset_id}/records/{id}"}
    )


@router.patch("/{id}", summary="Change some columns of a record (RFC 7396)", openapi_extra=UPDATE)
async def update_record(request: Request, dataset: DatasetName, id: RecordId) -> Response:
    number, values = parse_record_id(id), await read_values(request)
    _, outcome = await execute_command(request, dataset, UpdateRecord(number, values, parse_if_match(request)))
    return change_responses.record_response(request, number, outcome)


@router.put("/{id}", summary="Replace a record", openapi_extra=REPLACE)
async def replace_record(request: Request, dataset: DatasetName, id: RecordId) -> Response:
    number, values = parse_record_id(id), await read_values(request)
    _, outcome = await execute_command(request, dataset, ReplaceRecord(number, values, parse_if_match(request)))
    return change_responses.record_response(request, number, outcome)


@router.delete("/{id}", status_code=204, summary="Remove a record; its history stays", openapi_extra=DELETE)
async def delete_record(request: Request, dataset: DatasetName, id: RecordId) -> Response:
    _, outcome = await execute_command(request, dataset, DeleteRecord(parse_record_id(id), parse_if_match(request)))
    return change_responses.removed_response(request, outcome)


async def read_values(request: Request) -> dict[str, Any]:
    """The body's `values`, by column name. Raises as `read_json_object`, and Invalid if `values` is missing."""
    body = await read_json_object(request, member_names(ValuesBodyJson))
    values = body.get("values")
    if not isinstance(values, dict):
        fault = Fault("/values", "required", 'the body must be an object like {"values": {"name": "Ann"}}')
        raise Invalid("invalid-body", fault.detail, (fault,))
    return values
