"""`/v1/stats`: current totals of the workspace."""

from fastapi import APIRouter, Depends, Request, Response

from application.jobs.job import JobState
from application.jobs.job_store import job_lists
from application.log import chunks, event_table
from domain import exact_json
from interfaces.http.reading import read_connection
from interfaces.http.request_access import access_of
from interfaces.http.requests import reject_unknown_parameters
from projections.query import stats

router = APIRouter(prefix="/v1/stats", tags=["service"], dependencies=[Depends(reject_unknown_parameters)])


@router.get("", summary="Totals of datasets, records, versions, imports, jobs and storage")
async def read_stats(request: Request) -> Response:
    async with read_connection(request) as opened:
        found = await stats.read(opened, access_of(request))
        position = await event_table.read_head(opened)
        jobs = await job_lists.count_by_state(opened, access_of(request))
        log = {"events": await event_table.read_bytes(opened), "chunks": await chunks.read_bytes(opened)}
    by_state = {state.value: jobs.get(state.value, 0) for state in JobState}
    body = exact_json.dumps(found | {"position": position, "jobs": by_state, "storage": found["storage"] | log})
    return Response(body, 200, {"Cache-Control": "no-store"}, "application/json")
