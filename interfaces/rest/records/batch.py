"""`…/batch`: executes many operations on records atomically, as one version."""

from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Depends, Request, Response

from application.commands import large_batch as use_case
from application.commands.envelope import CommandEnvelope, CommandOutcome
from application.log.large_events import MAX_INLINE_RECORDS
from domain.dataset.commands import ChangeRecords
from interfaces.http.reading import DatasetName
from interfaces.http.requests import parse_if_match, read_json_object, reject_unknown_parameters
from interfaces.rest import change_responses
from interfaces.rest.command_execution import (
    ExecuteCommand,
    bulk_change_tools,
    execute_command_with,
    submit_with_retries,
)
from interfaces.rest.records.batch_operations import parse_operations
from interfaces.services.wiring import Service

router = APIRouter(prefix="/v1/datasets/{dataset}", tags=["records"])
router.dependencies.append(Depends(reject_unknown_parameters))

BATCH_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"type": "object", "required": ["operations"]},
                "example": {
                    "operations": [
                        {"op": "create", "values": {"name": "Ann"}},
                        {"op": "update", "id": 1, "values": {"age": 31}, "if_version": 3},
                        {"op": "delete", "id": 2},
                        {"op": "upsert", "key": {"sku": "a"}, "values": {"price": 5}},
                    ]
                },
            }
        },
    }
}


@router.post("/batch", summary="Execute many operations atomically, as one version", openapi_extra=BATCH_BODY)
async def change_records(request: Request, dataset: DatasetName) -> Response:
    service: Service = request.app.state.service
    body = await read_json_object(request, ["operations"], "batch_bytes")
    operations = parse_operations(body, service.settings.limits.batch_operations)
    by: ExecuteCommand = submit_with_retries if len(operations) <= MAX_INLINE_RECORDS else _execute_large_batch
    _, outcome = await execute_command_with(request, dataset, ChangeRecords(operations, parse_if_match(request)), by)
    return change_responses.summary_response(request, outcome, {"results": _operation_results(outcome)})


async def _execute_large_batch(request: Request, envelope: CommandEnvelope) -> CommandOutcome:
    return await to_thread.run_sync(use_case.execute_under_lease, bulk_change_tools(request), envelope)


def _operation_results(outcome: CommandOutcome) -> list[dict[str, object]]:
    """The record of each operation; its version is null if it no longer exists."""
    records = (outcome.before if outcome.dry_run else outcome.state).records
    return [
        {"index": index, "id": id, "version": records[id].version if id in records else None}
        for index, id in enumerate(outcome.targets)
    ]
