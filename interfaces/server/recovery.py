"""The answer to a request that was carried out by a process which died before it could answer.

It is made from what stands: the version that was appended, or the job that was made.
"""

from typing import assert_never

from anyio import to_thread
from fastapi import Request, Response

from application.commands.idempotency_claims import ClaimEffect
from application.exports import export_job
from domain import exact_json
from domain.dataset.aggregate import DATASET
from domain.dataset.events import (
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
from interfaces.rest.exports import export_jobs
from interfaces.rest.imports import accept_file
from interfaces.rest.jobs import jobs
from interfaces.services import representations
from interfaces.services.wiring import Service
from projections.query import listings, single_record


async def recover_response(request: Request, done: ClaimEffect) -> Response:
    """Raises Gone where the dataset was deleted since, NotFound where it was purged."""
    if done.job_id is not None:
        job = await jobs.wait_for_job(request, done.job_id, 0)
        is_export = job["kind"] == export_job.KIND
        return await (export_jobs.accepted_response if is_export else accept_file.recovered_response)(
            request, done.job_id
        )
    assert done.version is not None
    service: Service = request.app.state.service
    dataset = f"/v1/datasets/{done.dataset_id}"
    event = await to_thread.run_sync(_read_event, service, done)
    wishes = parse_preferences(request)
    headers = {"ETag": f'"{done.version}"', "Rowledger-Version": str(done.version), **wishes.applied}
    status = 200
    async with read_connection(request) as opened:
        snapshot = await find_snapshot(request, opened, str(done.dataset_id), str(done.version))
        match event:
            case RecordCreated(id=id) | RecordUpdated(id=id):
                text, _ = await single_record.read(opened, snapshot, id, snapshot.definition.columns)
                if isinstance(event, RecordCreated):
                    status, headers["Location"] = 201, f"{dataset}/records/{id}"
            case DatasetCreated() | DatasetChanged():
                text = exact_json.dumps(representations.dataset_json(snapshot))
                if isinstance(event, DatasetCreated):
                    status, headers["Location"] = 201, dataset
            case DatasetDeleted() | DatasetReverted() | RecordDeleted() | RecordsChanged() | RecordsImported():
                text = exact_json.dumps(
                    representations.version_json(await listings.version(opened, snapshot, done.version))
                )
            case _:
                assert_never(event)
    if wishes.minimal:
        return Response(None, 204 if status == 200 else status, headers)
    return Response(text, status, headers, "application/json")


def _read_event(service: Service, done: ClaimEffect) -> Event:
    assert done.version is not None
    (recorded,) = service.store.stream(done.dataset_id, done.version - 1, done.version)
    assert DATASET.owns(recorded.event)
    return recorded.event
