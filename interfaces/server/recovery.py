"""Rebuilds the response to a request that was executed by a process which died before it could respond.

The response is built from the stored result: the appended version or the created job.
"""

from typing import assert_never

from anyio import to_thread
from fastapi import Request, Response

from application.commands.idempotency.idempotency_claims import ClaimEffect
from application.jobs.kinds import JobKindName, parse_kind
from domain import exact_json
from domain.dataset.aggregate import DATASET
from domain.dataset.events import (
    ColumnsChanged,
    DatasetChanged,
    DatasetCreated,
    DatasetDeleted,
    DatasetReverted,
    Event,
    RecordCreated,
    RecordDeleted,
    RecordsChanged,
    RecordsImported,
    RecordUpdated,
)
from interfaces.http.reading import find_snapshot, read_connection
from interfaces.http.requests import parse_preferences
from interfaces.rest.imports import accept_file
from interfaces.rest.jobs import jobs
from interfaces.services import representations
from interfaces.services.wiring import Service
from projections.query import listings
from projections.query.records import single_record


async def recover_response(request: Request, done: ClaimEffect) -> Response:
    """The response to the request. Raises Gone if the dataset has been deleted since, NotFound if it was purged."""
    if done.job_id is not None:
        job = await jobs.wait_for_job(request, done.job_id, 0)
        match parse_kind(job["kind"]):
            case JobKindName.IMPORT:
                return await accept_file.recovered_response(request, done.job_id)
            case JobKindName.EXPORT | None:
                return await jobs.accepted_job_response(request, done.job_id)
            case kind:
                assert_never(kind)
    assert done.version is not None
    service: Service = request.app.state.service
    dataset = f"/v1/datasets/{done.dataset_id}"
    event = await to_thread.run_sync(_read_event, service, done)
    preferences = parse_preferences(request)
    headers = {"ETag": f'"{done.version}"', "Rowledger-Version": str(done.version), **preferences.applied}
    status = 200
    async with read_connection(request) as opened:
        snapshot = await find_snapshot(request, opened, str(done.dataset_id), str(done.version))
        match event:
            case RecordCreated(id=id) | RecordUpdated(id=id):
                text, _ = await single_record.read(opened, snapshot, id, snapshot.definition.columns)
                if isinstance(event, RecordCreated):
                    status, headers["Location"] = 201, f"{dataset}/records/{id}"
            case DatasetCreated() | DatasetChanged() | ColumnsChanged():
                text = exact_json.dumps(representations.dataset_json(snapshot))
                if isinstance(event, DatasetCreated):
                    status, headers["Location"] = 201, dataset
            case DatasetDeleted() | DatasetReverted() | RecordDeleted() | RecordsChanged() | RecordsImported():
                text = exact_json.dumps(
                    representations.version_json(await listings.version(opened, snapshot, done.version))
                )
            case _:
                assert_never(event)
    if preferences.minimal:
        return Response(None, 204 if status == 200 else status, headers)
    return Response(text, status, headers, "application/json")


def _read_event(service: Service, done: ClaimEffect) -> Event:
    assert done.version is not None
    (recorded,) = service.store.stream(done.dataset_id, done.version - 1, done.version)
    assert DATASET.owns(recorded.event)
    return recorded.event
