"""`…/records/by-key/{key}`: read and change one record, addressed by its key instead of its id."""

from typing import Annotated
from urllib.parse import unquote_to_bytes

from fastapi import APIRouter, Depends, Path, Request, Response

from domain.dataset.commands import DeleteByKey, PatchByKey, PutByKey
from domain.dataset.keys import parse_key, quote_key
from interfaces.http.openapi import headers
from interfaces.http.openapi.answers import NOT_MODIFIED, read_answer
from interfaces.http.openapi.operation import describe
from interfaces.http.openapi.problem_codes import CHANGE, CREATION_ONLY, KEY, RECORD, VALUES
from interfaces.http.query_parameters import Fields
from interfaces.http.reading import (
    AsOf,
    DatasetName,
    find_snapshot,
    json_response,
    read_connection,
    select_columns,
)
from interfaces.http.requests import is_create_only, parse_if_match, reject_unknown_parameters
from interfaces.rest import change_responses
from interfaces.rest.change_answers import PUT_ANSWERS, RECORD_PREFERENCES, REMOVAL_ANSWERS, UPDATE_ANSWERS
from interfaces.rest.command_execution import execute_command
from interfaces.rest.records.changes import SOME_VALUES, WHOLE_RECORD, read_values
from interfaces.services.json_types import RecordJson
from projections.query.records import single_record

router = APIRouter(prefix="/v1/datasets/{dataset}/records/by-key", tags=["records"])
router.dependencies.append(Depends(reject_unknown_parameters))

RecordKey = Annotated[str, Path(description="the key's value, percent-encoded; `a,b` for several columns")]

KEY_PATH = b"/records/by-key/"

READ = describe(read_answer(RecordJson, "The record"), NOT_MODIFIED, problems=[RECORD, KEY])
CHANGE_HEADERS = (headers.IF_MATCH, RECORD_PREFERENCES)
PUT = describe(
    *PUT_ANSWERS,
    body=WHOLE_RECORD,
    headers=[*CHANGE_HEADERS, headers.CREATE_ONLY],
    problems=[CREATION_ONLY, KEY, VALUES, CHANGE],
)
PATCH = describe(*UPDATE_ANSWERS, body=SOME_VALUES, headers=CHANGE_HEADERS, problems=[RECORD, KEY, VALUES, CHANGE])
DELETE = describe(*REMOVAL_ANSWERS, headers=CHANGE_HEADERS, problems=[RECORD, KEY, CHANGE])


@router.get("/{key:path}", summary="One record, by its key", openapi_extra=READ)
async def read_record_by_key(
    request: Request, dataset: DatasetName, key: RecordKey, fields: Fields = None, as_of: AsOf = None
) -> Response:
    texts = _parse_key(request)
    async with read_connection(request) as opened:
        snapshot = await find_snapshot(request, opened, dataset, as_of)
        key_parts = parse_key(snapshot.definition, texts)
        columns = select_columns(snapshot.definition, fields)
        missing = f"There is no record with {quote_key(snapshot.definition, key_parts)} at version {snapshot.version}"
        text, version = await single_record.read_by_key(opened, snapshot, key_parts, columns, missing)
    return json_response(request, text, snapshot.version, etag=version)


@router.put("/{key:path}", summary="Replace the record with this key, or create it", openapi_extra=PUT)
async def put_record_by_key(request: Request, dataset: DatasetName, key: RecordKey) -> Response:
    must_exist = request.headers.get("if-match", "").strip() == "*"
    values, must_not_exist = await read_values(request), is_create_only(request)
    command = PutByKey(
        _parse_key(request),
        values,
        parse_if_match(request),
        must_not_exist=must_not_exist,
        must_exist=must_exist,
    )
    dataset_id, outcome = await execute_command(request, dataset, command)
    (id,) = outcome.targets
    if id in outcome.before.records:
        return change_responses.record_response(request, id, outcome)
    return change_responses.record_response(
        request, id, outcome, 201, {"Location": f"/v1/datasets/{dataset_id}/records/{id}"}
    )


@router.patch("/{key:path}", summary="Change some columns of a record, by its key (RFC 7396)", openapi_extra=PATCH)
async def update_record_by_key(request: Request, dataset: DatasetName, key: RecordKey) -> Response:
    command = PatchByKey(_parse_key(request), await read_values(request), parse_if_match(request))
    _, outcome = await execute_command(request, dataset, command)
    (id,) = outcome.targets
    return change_responses.record_response(request, id, outcome)


@router.delete("/{key:path}", status_code=204, summary="Remove a record, by its key", openapi_extra=DELETE)
async def delete_record_by_key(request: Request, dataset: DatasetName, key: RecordKey) -> Response:
    _, outcome = await execute_command(request, dataset, DeleteByKey(_parse_key(request), parse_if_match(request)))
    return change_responses.removed_response(request, outcome)


def _parse_key(request: Request) -> tuple[str, ...]:
    """The key's values as texts. The raw path, which is valid UTF-8, is split at commas before it is decoded."""
    raw: bytes = request.scope["raw_path"]
    _, _, key = raw.partition(KEY_PATH)
    return tuple(unquote_to_bytes(part).decode() for part in key.split(b","))
