"""`/v1/jobs`: which jobs there are, how far each is and how it ended; calling one off."""

import asyncio
import datetime
import re
from collections.abc import Mapping
from contextlib import aclosing, suppress
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from anyio import to_thread
from fastapi import APIRouter, Depends, Path, Query, Request, Response

from application.commands.envelope import CommandContext
from domain import exact_json
from domain.errors import BadRequest, Fault
from interfaces.http.reading import Limit, etag_response, list_response, read_connection
from interfaces.http.requests import command_context, parse_preferences, reject_unknown_parameters
from interfaces.rest.jobs.job_watch import JobWatch
from interfaces.services import representations, wiring
from interfaces.services.wiring import Service
from projections.query import listings
from projections.query.listings import JobPosition

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])
router.dependencies.append(Depends(reject_unknown_parameters))

JobId = Annotated[UUID, Path(description="the job")]

MAX_WAIT_SECONDS = 600.0

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)

_CURSOR = re.compile(r"([0-9]{1,16})\.([0-9a-f]{32})")


class State(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


@router.get("", summary="The workspace's jobs, newest first")
async def list_jobs(
    request: Request,
    state: Annotated[State | None, Query(description="only jobs in this state")] = None,
    dataset: Annotated[str | None, Query(description="only jobs of this dataset: its id or slug")] = None,
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(description="the `next` of the page before")] = None,
) -> Response:
    after = _decode_cursor(cursor)
    async with read_connection(request) as opened:
        rows = await listings.jobs(opened, wiring.WORKSPACE, dataset, state, after, limit + 1)
    following = _encode_cursor(rows[limit - 1]) if len(rows) > limit else None
    texts = [exact_json.dumps(representations.job_json(row)) for row in rows[:limit]]
    return list_response(request, texts, following, limit)


@router.get("/{id}", summary="A job's state, progress, result or error")
async def read_job(request: Request, id: JobId) -> Response:
    seen = await _job_watch(request).current(id)
    return etag_response(request, seen.text, f'"{seen.tag}"')


@router.delete("/{id}", summary="Cancel a job; nothing of it remains")
async def cancel_job(request: Request, id: JobId) -> Response:
    await to_thread.run_sync(_cancel, request.app.state.service, command_context(request), id)
    wishes = parse_preferences(request)
    if wishes.minimal:
        return Response(None, 204, {"Preference-Applied": "return=minimal"})
    seen = await _job_watch(request).current(id)
    return Response(seen.text, 200, media_type="application/json")


async def wait_for_job(request: Request, id: UUID, wait: float) -> Mapping[str, Any]:
    """The job once it has ended, or as it is after `wait` seconds."""
    watch = _job_watch(request)
    if wait:
        with suppress(TimeoutError):
            async with asyncio.timeout(min(wait, MAX_WAIT_SECONDS)), aclosing(watch.changes(id)) as changes:
                async for seen in changes:
                    if seen is not None and seen.ended:
                        return seen.job
    return (await watch.current(id)).job


def _job_watch(request: Request) -> JobWatch:
    watch: JobWatch = request.app.state.job_watch
    return watch


def _cancel(service: Service, asked: CommandContext, id: UUID) -> None:
    with service.pool.connection() as opened:
        service.kinds.cancel(opened, service.queue, asked.workspace, id)


def _encode_cursor(row: Mapping[str, Any]) -> str:
    microseconds = (row["created_at"] - EPOCH) // datetime.timedelta(microseconds=1)
    return f"{microseconds}.{row['job_id'].hex}"


def _decode_cursor(cursor: str | None) -> JobPosition | None:
    """The place in the list that a cursor holds. Raises BadRequest for what `_cursor` did not make."""
    if cursor is None:
        return None
    if (match := _CURSOR.fullmatch(cursor)) is None:
        detail = f"cursor={cursor[:60]!r} is not one this service gave out; take `next` from a page"
        raise BadRequest("invalid-cursor", detail, (Fault("cursor", "invalid-cursor", detail),))
    return EPOCH + datetime.timedelta(microseconds=int(match[1])), UUID(match[2])
