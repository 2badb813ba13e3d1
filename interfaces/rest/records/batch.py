"""`…/batch`: many operations on the records of a dataset, all or nothing, as one version."""

from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Depends, Request, Response

from application.commands import large_batch as use_case
from application.commands.handler import Outcome, Wish
from application.log.large_events import INLINE
from domain.dataset.commands import ChangeRecords
from interfaces.http.reading import DatasetName
from interfaces.http.requests import if_match, json_object, only_known_parameters
from interfaces.rest import change_responses
from interfaces.rest.command_execution import CarryOut, carried_out, carry_out_by, tools
from interfaces.rest.records.batch_operations import operations_of
from interfaces.services.wiring import Service

router = APIRouter(prefix="/v1/datasets/{dataset}", tags=["records"])
router.dependencies.append(Depends(only_known_parameters))

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


@router.post("/batch", summary="Many operations, all or nothing, one version", openapi_extra=BATCH_BODY)
async def change_records(request: Request, dataset: DatasetName) -> Response:
    service: Service = request.app.state.service
    body = await json_object(request, ["operations"], "batch_bytes")
    operations = operations_of(body, service.settings.limits.batch_operations)
    by: CarryOut = carried_out if len(operations) <= INLINE else _alone
    _, outcome = await carry_out_by(request, dataset, ChangeRecords(operations, if_match(request)), by)
    return change_responses.summary(request, outcome, {"results": _results(outcome)})


async def _alone(request: Request, wish: Wish) -> Outcome:
    return await to_thread.run_sync(use_case.carry_out, tools(request), wish)


def _results(outcome: Outcome) -> list[dict[str, object]]:
    """What became of the record of each operation; a version of null: it is not there any more."""
    records = (outcome.before if outcome.dry_run else outcome.state).records
    return [
        {"index": index, "id": id, "version": records[id].version if id in records else None}
        for index, id in enumerate(outcome.targets)
    ]
