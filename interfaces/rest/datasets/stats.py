"""`/v1/stats`: current totals of the workspace."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from typing_extensions import TypedDict

from application.jobs.job import JobState
from application.jobs.job_store import job_lists
from application.log import chunks, event_table
from domain import exact_json
from interfaces.http.openapi.answers import json_answer
from interfaces.http.openapi.operation import describe
from interfaces.http.reading import read_connection
from interfaces.http.request_access import access_of
from interfaces.http.requests import reject_unknown_parameters
from interfaces.services.json_types import Keywords
from projections.query import stats

router = APIRouter(prefix="/v1/stats", tags=["service"], dependencies=[Depends(reject_unknown_parameters)])


class ImportTotalsJson(TypedDict):
    count: int
    rows_read: int
    accepted: int
    rejected: int


class FileTotalsJson(TypedDict):
    files: int
    bytes: int


class StorageTotalsJson(TypedDict):
    """Bytes."""

    records: int
    rejects: int
    events: int
    chunks: int


class StatsJson(TypedDict):
    datasets: int
    deleted: int
    records: int
    versions: int
    imports: ImportTotalsJson
    files: FileTotalsJson
    storage: StorageTotalsJson
    position: Annotated[int, Keywords("of the newest event in the log")]
    jobs: Annotated[dict[str, int], Keywords("the number of jobs in each state")]


READ = describe(json_answer(StatsJson, "The totals"))


@router.get("", summary="Totals of datasets, records, versions, imports, jobs and storage", openapi_extra=READ)
async def read_stats(request: Request) -> Response:
    async with read_connection(request) as opened:
        found = await stats.read(opened, access_of(request))
        position = await event_table.read_head(opened)
        jobs = await job_lists.count_by_state(opened, access_of(request))
        log = {"events": await event_table.read_bytes(opened), "chunks": await chunks.read_bytes(opened)}
    by_state = {state.value: jobs.get(state.value, 0) for state in JobState}
    body = exact_json.dumps(found | {"position": position, "jobs": by_state, "storage": found["storage"] | log})
    return Response(body, 200, {"Cache-Control": "no-store"}, "application/json")
