"""`…/batch`: executes many operations on records atomically, as one version."""

from typing import Annotated, NotRequired

from anyio import to_thread
from fastapi import APIRouter, Depends, Request, Response
from typing_extensions import TypedDict

from application.commands import large_batch as use_case
from application.commands.envelope import CommandEnvelope, CommandOutcome
from application.log.large_events import MAX_INLINE_RECORDS
from domain.dataset.commands import ChangeRecords
from interfaces.http.openapi import headers
from interfaces.http.openapi.answers import json_answer
from interfaces.http.openapi.operation import describe
from interfaces.http.openapi.problem_codes import BATCH
from interfaces.http.reading import DatasetName
from interfaces.http.requests import parse_if_match, read_json_object, reject_unknown_parameters
from interfaces.rest import change_responses
from interfaces.rest.change_answers import CHANGE_HEADERS, RECORD_PREFERENCES, ChangeSummaryJson
from interfaces.rest.command_execution import (
    ExecuteCommand,
    bulk_change_tools,
    execute_command_with,
    submit_with_retries,
)
from interfaces.rest.records.batch_body import BATCH_BODY
from interfaces.rest.records.batch_operations import parse_operations
from interfaces.services.json_types import Keywords
from interfaces.services.wiring import Service

router = APIRouter(prefix="/v1/datasets/{dataset}", tags=["records"])
router.dependencies.append(Depends(reject_unknown_parameters))


class OperationResultJson(TypedDict):
    """The record of an operation."""

    index: int
    id: int
    version: Annotated[int | None, Keywords("null if the record no longer exists")]


class BatchResultJson(ChangeSummaryJson):
    results: NotRequired[Annotated[list[OperationResultJson], Keywords("absent with `return=minimal`")]]


DESCRIPTION = describe(
    json_answer(BatchResultJson, "What was changed, or with `dry-run` would be", 200, headers.ETAG, *CHANGE_HEADERS),
    body=BATCH_BODY,
    headers=[headers.IF_MATCH, RECORD_PREFERENCES],
    problems=[BATCH],
)


@router.post("/batch", summary="Execute many operations atomically, as one version", openapi_extra=DESCRIPTION)
async def change_records(request: Request, dataset: DatasetName) -> Response:
    service: Service = request.app.state.service
    body = await read_json_object(request, ["operations"], "batch_bytes")
    operations = parse_operations(body, service.settings.limits.batch_operations)
    by: ExecuteCommand = submit_with_retries if len(operations) <= MAX_INLINE_RECORDS else _execute_large_batch
    _, outcome = await execute_command_with(request, dataset, ChangeRecords(operations, parse_if_match(request)), by)
    return change_responses.summary_response(request, outcome, {"results": _operation_results(outcome)})


async def _execute_large_batch(request: Request, envelope: CommandEnvelope) -> CommandOutcome:
    return await to_thread.run_sync(use_case.execute_under_lease, bulk_change_tools(request), envelope)


def _operation_results(outcome: CommandOutcome) -> list[OperationResultJson]:
    """The record of each operation; its version is null if it no longer exists."""
    records = (outcome.before if outcome.dry_run else outcome.state).records
    return [
        {"index": index, "id": id, "version": records[id].version if id in records else None}
        for index, id in enumerate(outcome.targets)
    ]
