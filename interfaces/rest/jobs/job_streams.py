"""Streams a job's progress as server-sent events or over a WebSocket, until the job has ended."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing
from uuid import UUID

import psycopg
from fastapi import APIRouter, Depends, Request, Response, WebSocket
from fastapi.sse import format_sse_event
from psycopg_pool import PoolTimeout

from domain.access.access import Access
from domain.errors import NotFound
from interfaces.http.event_streams import (
    BEGIN,
    HEARTBEAT_SECONDS,
    STILL_CONNECTED,
    STREAM_HEADERS,
    event_stream_response,
)
from interfaces.http.openapi import headers
from interfaces.http.openapi.answers import EVENTS, Answer, empty_answer
from interfaces.http.openapi.operation import describe
from interfaces.http.openapi.problem_codes import JOB
from interfaces.http.request_access import access_of
from interfaces.http.requests import reject_unknown_parameters
from interfaces.rest.jobs.job_watch import JobView, JobWatch
from interfaces.rest.jobs.jobs import JobId
from projections.query.snapshots import parse_dataset_id

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

NORMAL, GOING_AWAY, UNAVAILABLE, BAD_REQUEST, NOT_FOUND = 1000, 1001, 1013, 4400, 4404
"""WebSocket close codes; 1013 means try again later."""

_log = logging.getLogger(__name__)

STREAM = describe(
    Answer(
        200,
        "Server-sent events named `job`, each with the job as JSON; the stream ends with the job",
        {"text/event-stream": EVENTS},
    ),
    empty_answer(204, "The job has ended, and the client has seen that (`Last-Event-ID`): do not reconnect"),
    headers=[headers.LAST_EVENT_ID],
    problems=[JOB],
)


@router.get(
    "/{id}/events",
    summary="The job's changes as server-sent events",
    dependencies=[Depends(reject_unknown_parameters)],
    openapi_extra=STREAM,
)
async def stream_job(request: Request, id: JobId) -> Response:
    watch: JobWatch = request.app.state.job_watch
    access = access_of(request)
    now = await watch.find_job(access, id)
    if now.has_ended and request.headers.get("last-event-id") == now.tag:
        return Response(None, 204, STREAM_HEADERS)
    return event_stream_response(_event_stream(watch, access, id))


@router.websocket("/{id}/watch")
async def watch_job(websocket: WebSocket, id: str) -> None:
    """Send the job as JSON each time it changes; close with 1000 once it has ended, 4404 if it is unknown."""
    watch: JobWatch = websocket.app.state.job_watch
    await websocket.accept()
    if websocket.query_params:
        name = next(iter(websocket.query_params))
        await websocket.close(BAD_REQUEST, f"the parameter {name[:60]!r} is unknown: there are none")
        return
    if (job_id := parse_dataset_id(id)) is None:
        await websocket.close(NOT_FOUND, f"There is no job {id[:60]!r}")
        return
    sending = asyncio.create_task(_send_states(websocket, watch, access_of(websocket), job_id))
    leaving = asyncio.create_task(_wait_for_disconnect(websocket))
    try:
        await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (sending, leaving):
            task.cancel()
        await asyncio.gather(sending, leaving, return_exceptions=True)


async def _event_stream(watch: JobWatch, access: Access, id: UUID) -> AsyncIterator[bytes]:
    yield BEGIN
    async with aclosing(watch.changes(access, id, HEARTBEAT_SECONDS)) as changes:
        async for view in changes:
            yield STILL_CONNECTED if view is None else _format_event(view)


def _format_event(view: JobView) -> bytes:
    return format_sse_event(event="job", data_str=view.text, id=view.tag)


async def _send_states(websocket: WebSocket, watch: JobWatch, access: Access, id: UUID) -> None:
    has_ended = False
    try:
        async with aclosing(watch.changes(access, id)) as changes:
            async for view in changes:
                if view is not None:
                    await websocket.send_text(view.text)
                    has_ended = view.has_ended
    except NotFound as error:
        await websocket.close(NOT_FOUND, error.detail)
    except (psycopg.Error, PoolTimeout) as error:
        _log.warning("the job %s can no longer be watched: %s", id, error)
        await websocket.close(UNAVAILABLE, "The database cannot be reached just now; try again in a moment")
    else:
        await websocket.close(NORMAL if has_ended else GOING_AWAY)


async def _wait_for_disconnect(websocket: WebSocket) -> None:
    """Wait until the client disconnects; its messages are ignored."""
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass
