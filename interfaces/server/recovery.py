"""The answer to a request that was carried out by a process which died before it could answer.

It is made from what stands: the version that was appended, or the job that was made.
"""

from anyio import to_thread
from fastapi import Request, Response

from application.commands.idempotency_claims import Done
from application.exports import export_job
from domain import exact_json
from domain.dataset.events import DatasetChanged, DatasetCreated, Event, RecordCreated, RecordUpdated
from interfaces.http.reading import connection, find
from interfaces.http.requests import preferences
from interfaces.rest.exports import export_jobs
from interfaces.rest.imports import accept_file
from interfaces.rest.jobs import jobs
from interfaces.services import representations
from interfaces.services.wiring import Service
from projections.query import listings, single_record


async def response(request: Request, done: Done) -> Response:
    """Raises Gone where the dataset was deleted since, NotFound where it was purged."""
    if done.job_id is not None:
        job = await jobs.ended(request, done.job_id, 0)
        is_export = job["kind"] == export_job.KIND
        return await (export_jobs.accepted if is_export else accept_file.accepted_before)(request, done.job_id)
    assert done.version is not None
    service: Service = request.app.state.service
    dataset = f"/v1/datasets/{done.dataset_id}"
    event = await to_thread.run_sync(_event, service, done)
    wishes = preferences(request)
    headers = {"ETag": f'"{done.version}"', "Rowledger-Version": str(done.version), **wishes.applied}
    status = 200
    async with connection(request) as opened:
        snapshot = await find(request, opened, str(done.dataset_id), str(done.version))
        match event:
            case RecordCreated(id=id) | RecordUpdated(id=id):
                text, _ = await single_record.read(opened, snapshot, id, snapshot.definition.columns)
                if isinstance(event, RecordCreated):
                    status, headers["Location"] = 201, f"{dataset}/records/{id}"
            case DatasetCreated() | DatasetChanged():
                text = exact_json.dumps(representations.dataset(snapshot))
                if isinstance(event, DatasetCreated):
                    status, headers["Location"] = 201, dataset
            case _:
                text = exact_json.dumps(
                    representations.version(await listings.version(opened, snapshot, done.version))
                )
    if wishes.minimal:
        return Response(None, 204 if status == 200 else status, headers)
    return Response(text, status, headers, "application/json")


def _event(service: Service, done: Done) -> Event:
    assert done.version is not None
    (recorded,) = service.store.stream(done.dataset_id, done.version - 1, done.version)
    return recorded.event
