"""`/v1/jobs`: list, read and cancel jobs."""

import asyncio
import datetime
import re
from collections.abc import Mapping
from contextlib import aclosing, suppress
from typing import Annotated, Any
from uuid import UUID

from anyio import to_thread
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from psycopg import AsyncConnection
from typing_extensions import TypedDict

from application.commands import slugs
from application.jobs.job import Job, JobState
from application.jobs.job_store import job_lists
from application.jobs.job_store.job_lists import JobPosition
from domain import exact_json
from domain.access.access import Access
from domain.access.grants import Action
from domain.errors import BadRequest, Fault, NotFound
from interfaces.http.openapi import headers
from interfaces.http.openapi.answers import JSON, NOT_MODIFIED, Answer, empty_answer, json_answer, page_answer
from interfaces.http.openapi.operation import describe
from interfaces.http.openapi.problem_codes import CANCELLATION, DATASET, JOB
from interfaces.http.openapi.schemas import schema_of
from interfaces.http.reading import Limit, PageCursor, etag_response, list_response, read_connection
from interfaces.http.request_access import access_of
from interfaces.http.requests import parse_preferences, reject_unknown_parameters
from interfaces.rest.jobs.job_watch import JobWatch
from interfaces.services import representations
from interfaces.services.json_types import JobJson
from interfaces.services.wiring import Service
from projections.models.datasets import dataset_reads
from projections.query.snapshots import parse_dataset_id

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])
router.dependencies.append(Depends(reject_unknown_parameters))

JobId = Annotated[UUID, Path(description="the job's id")]

MAX_WAIT_SECONDS = 600.0

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)

_CURSOR = re.compile(r"([0-9]{1,16})\.([0-9a-f]{32})")


class AcceptedJobJson(TypedDict):
    job: JobJson


ACCEPTED = json_answer(AcceptedJobJson, "The job was accepted", 202, headers.LOCATION, headers.PREFERENCE_APPLIED)
LIST = describe(page_answer(JobJson, "A page of jobs"), NOT_MODIFIED, problems=[DATASET])
READ = describe(Answer(200, "The job", {JSON: schema_of(JobJson)}, [headers.ETAG]), NOT_MODIFIED, problems=[JOB])
CANCEL = describe(
    json_answer(JobJson, "The cancelled job"),
    empty_answer(204, "Cancelled; with `return=minimal`", headers.PREFERENCE_APPLIED),
    headers=[headers.prefer("return=minimal")],
    problems=[CANCELLATION],
)


@router.get("", summary="The workspace's jobs, newest first", openapi_extra=LIST)
async def list_jobs(
    request: Request,
    state: Annotated[JobState | None, Query(description="only jobs in this state")] = None,
    dataset: Annotated[str | None, Query(description="only jobs of this dataset: its id or slug")] = None,
    limit: Limit = 50,
    cursor: PageCursor = None,
) -> Response:
    after = _decode_cursor(cursor)
    async with read_connection(request) as opened:
        access = access_of(request)
        dataset_id = None if dataset is None else await _find_dataset_id(opened, access, dataset)
        rows = await job_lists.list_jobs(opened, access, dataset_id, state, after, limit + 1)
    following = _encode_cursor(rows[limit - 1]) if len(rows) > limit else None
    describe = request.app.state.service.jobs.describe
    texts = [exact_json.dumps(representations.job_json(row, describe(Job.from_row(row)))) for row in rows[:limit]]
    return list_response(request, texts, following, limit)


@router.get("/{id}", summary="A job's state, progress, result or error", openapi_extra=READ)
async def read_job(request: Request, id: JobId) -> Response:
    view = await _job_watch(request).find_job(access_of(request), id)
    return etag_response(request, view.text, f'"{view.tag}"')


@router.delete("/{id}", summary="Cancel a job and remove its results", openapi_extra=CANCEL)
async def cancel_job(request: Request, id: JobId) -> Response:
    await to_thread.run_sync(_cancel, request.app.state.service, access_of(request), id)
    preferences = parse_preferences(request)
    if preferences.minimal:
        return Response(None, 204, {"Preference-Applied": "return=minimal"})
    view = await _job_watch(request).find_job(access_of(request), id)
    return Response(view.text, 200, media_type="application/json")


async def wait_for_job(request: Request, id: UUID, wait: float) -> Mapping[str, Any]:
    """The job once it has ended, or its state after `wait` seconds."""
    watch, access = _job_watch(request), access_of(request)
    if wait:
        with suppress(TimeoutError):
            async with asyncio.timeout(min(wait, MAX_WAIT_SECONDS)), aclosing(watch.changes(access, id)) as changes:
                async for view in changes:
                    if view is not None and view.has_ended:
                        return view.job
    return (await watch.find_job(access, id)).job


async def accepted_job_response(request: Request, id: UUID) -> Response:
    """202 with the job's current state, or its final state if the request waits for it."""
    preferences = parse_preferences(request)
    job = await wait_for_job(request, id, preferences.wait)
    applied = {"Preference-Applied": f"wait={preferences.wait:g}"} if preferences.wait else {}
    headers = {"Location": f"/v1/jobs/{id}", **applied}
    return Response(exact_json.dumps({"job": job}), 202, headers, "application/json")


async def _find_dataset_id(connection: "AsyncConnection[Any]", access: Access, dataset: str) -> UUID:
    """The id of a dataset that exists, or that an import is about to create or has failed to: that one is known by
    its slug or its jobs only. Raises NotFound, also for a dataset that may not be read."""
    id = parse_dataset_id(dataset)
    if id is None:
        id = await slugs.find_dataset(connection, access.workspace, dataset)
    elif not await dataset_reads.has_dataset(connection, access.workspace, id):
        id = id if await job_lists.has_jobs(connection, access.workspace, id) else None
    if id is None or not access.may(Action.READ, id):
        raise NotFound("dataset-not-found", f"There is no dataset {dataset!r}")
    return id


def _job_watch(request: Request) -> JobWatch:
    watch: JobWatch = request.app.state.job_watch
    return watch


def _cancel(service: Service, access: Access, id: UUID) -> None:
    with service.pool.connection() as opened:
        service.jobs.cancel(opened, service.queue, access, id)


def _encode_cursor(row: Mapping[str, Any]) -> str:
    microseconds = (row["created_at"] - EPOCH) // datetime.timedelta(microseconds=1)
    return f"{microseconds}.{row['job_id'].hex}"


def _decode_cursor(cursor: str | None) -> JobPosition | None:
    """The list position in a cursor. Raises BadRequest if it was not made by `_encode_cursor`."""
    if cursor is None:
        return None
    if (match := _CURSOR.fullmatch(cursor)) is None:
        detail = f"cursor={cursor[:60]!r} is invalid; use `next` of the previous page"
        raise BadRequest("invalid-cursor", detail, (Fault("cursor", "invalid-cursor", detail),))
    return EPOCH + datetime.timedelta(microseconds=int(match[1])), UUID(match[2])
