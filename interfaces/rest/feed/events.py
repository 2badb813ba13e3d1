"""`/v1/events`: the feed of the workspace for programs: every event once, in the order of the log, without gaps.

It is read from the log itself, so an event is in the feed as soon as its command has returned.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.sse import format_sse_event
from typing_extensions import TypedDict

from application.log.event_table import read_head
from domain.dataset.aggregate import is_dataset_event
from domain.errors import BadRequest, Fault, Unavailable
from interfaces.http.event_streams import BEGIN, HEARTBEAT_SECONDS, STILL_CONNECTED, event_stream_response
from interfaces.http.openapi import headers
from interfaces.http.openapi.answers import EVENTS, JSON, NOT_MODIFIED, Answer
from interfaces.http.openapi.operation import describe
from interfaces.http.openapi.problem_codes import FEED
from interfaces.http.openapi.schemas import schema_of
from interfaces.http.reading import Limit, etag_response, read_connection
from interfaces.http.request_access import access_of
from interfaces.http.requests import reject_unknown_parameters
from interfaces.rest.feed.cloud_events import CloudEventJson, encode_cloud_event
from interfaces.services.json_types import Keywords
from interfaces.services.log_watch import LogWatch
from interfaces.services.wiring import Service
from projections.models.datasets import dataset_reads
from projections.query.event_details import read_details

router = APIRouter(prefix="/v1/events", tags=["history"])
router.dependencies.append(Depends(reject_unknown_parameters))

STREAM_PAGE = 100
MAX_SCANNED_PAGES = 10
"""Maximum number of pages of other workspaces' events that one request skips; its `next` continues after them."""

After = Annotated[str | None, Query(description="a cursor: `next` of a page, the `id` of a streamed event, or 0")]


class EventPageJson(TypedDict):
    data: list[CloudEventJson]
    next: Annotated[str, Keywords("the cursor to continue from, also after the last event")]


LIST = describe(
    Answer(200, "The next events", {JSON: schema_of(EventPageJson)}, [headers.ETAG]), NOT_MODIFIED, problems=[FEED]
)
STREAM = describe(
    Answer(
        200,
        "Server-sent events, each a CloudEvent; `event` is its type, `id` the cursor to continue from",
        {"text/event-stream": EVENTS},
    ),
    headers=[headers.LAST_EVENT_ID],
    problems=[FEED],
)


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """`cursor` is the position after the event."""

    type: str
    cursor: str
    text: str


@dataclass(frozen=True, slots=True)
class FeedPage:
    events: Sequence[FeedEvent]
    position: int
    """Of the last event read, whether it is in the page or belongs to another workspace."""


@router.get("", summary="The workspace's events as CloudEvents, oldest first", openapi_extra=LIST)
async def list_events(request: Request, after: After = None, limit: Limit = 100) -> Response:
    page = await _read_page(request, _parse_cursor("after", after or "0"), limit)
    texts = ",".join(event.text for event in page.events)
    body = f'{{"data":[{texts}],"next":"{page.position}"}}'
    return etag_response(request, body)


@router.get(
    "/stream",
    summary="The workspace's events as they happen, as server-sent events",
    openapi_extra=STREAM,
)
async def stream_events(request: Request, after: After = None) -> Response:
    given = request.headers.get("last-event-id")
    if given is not None:
        position = _parse_cursor("Last-Event-ID", given)
    elif after is not None:
        position = _parse_cursor("after", after)
    else:
        async with read_connection(request) as opened:
            position = await read_head(opened)
    return event_stream_response(_stream(request, position))


async def _stream(request: Request, position: int) -> AsyncIterator[bytes]:
    watch: LogWatch = request.app.state.log_watch
    yield BEGIN
    while not watch.is_closed:
        changed = watch.next_change
        page = await _read_page(request, position, STREAM_PAGE)
        for event in page.events:
            yield format_sse_event(event=event.type, data_str=event.text, id=event.cursor)
        if page.position > position:
            position = page.position
            continue
        with suppress(TimeoutError):
            async with asyncio.timeout(HEARTBEAT_SECONDS):
                await changed.wait()
                continue
        yield STILL_CONNECTED


async def _read_page(request: Request, position: int, limit: int) -> FeedPage:
    """The next events of the workspace, up to `limit`."""
    service: Service = request.app.state.service
    for _ in range(MAX_SCANNED_PAGES):
        batch = await to_thread.run_sync(service.store.read_batch, position)
        if batch.unreadable is not None and not batch.events:
            raise Unavailable("event-unreadable", f"The feed cannot continue: {batch.unreadable}")
        if not batch.events:
            break
        async with read_connection(request) as opened:
            streams = list({one.stream_id for one in batch.events})
            visible = await dataset_reads.find_visible(opened, access_of(request), streams)
            found = [one for one in batch.events if is_dataset_event(one) and one.stream_id in visible]
            if found:
                details = await read_details(opened, found[:limit])
                events = [
                    FeedEvent(
                        type(one.event).__name__,
                        str(one.position),
                        encode_cloud_event(one, details.get(one.position)),
                    )
                    for one in found[:limit]
                ]
                is_whole = len(found) <= limit
                return FeedPage(events, batch.events[-1].position if is_whole else found[limit - 1].position)
        position = batch.events[-1].position
    return FeedPage([], position)


def _parse_cursor(name: str, text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 19:
        return int(text)
    detail = f"{name}={text[:60]!r} is not a cursor of this feed; use `next` of a page, or 0 for the beginning"
    raise BadRequest("invalid-cursor", detail, (Fault(name, "invalid-cursor", detail),))
