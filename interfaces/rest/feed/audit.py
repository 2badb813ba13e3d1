"""`/v1/audit`: every event of the workspace, newest first."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from typing_extensions import TypedDict

from application.log.positions import wait_until_applied
from domain import exact_json
from domain.errors import BadRequest, Fault, Unavailable, suggest_nearest
from interfaces.http.openapi.answers import NOT_MODIFIED, page_answer
from interfaces.http.openapi.operation import describe
from interfaces.http.openapi.problem_codes import AUDIT, DATASET
from interfaces.http.query_parameters import parse_time
from interfaces.http.reading import Limit, find_snapshot, list_response, parse_paging_position, read_connection
from interfaces.http.request_access import access_of
from interfaces.http.requests import reject_unknown_parameters
from interfaces.services.json_types import SummaryJson, Timestamp, Uuid
from interfaces.services.wiring import Service
from projections.models import audit
from projections.query.snapshots import parse_dataset_id

router = APIRouter(prefix="/v1/audit", tags=["history"], dependencies=[Depends(reject_unknown_parameters)])

PATIENCE_SECONDS = 5.0
"""How long a request waits until the follower has applied the events in the log."""


class AuditEntryJson(TypedDict):
    """An event; `position` is its place in the log."""

    position: int
    version: int
    dataset: Uuid | None
    type: str
    actor: str
    at: Timestamp
    summary: SummaryJson
    comment: str | None
    correlation_id: str


LIST = describe(page_answer(AuditEntryJson, "A page of events"), NOT_MODIFIED, problems=[AUDIT, DATASET])


@router.get("", summary="Every event of the workspace, newest first", openapi_extra=LIST)
async def list_audit(
    request: Request,
    actor: Annotated[str | None, Query(description="only events caused by this user")] = None,
    type: Annotated[str | None, Query(description="only events of this type, such as `RecordUpdated`")] = None,
    dataset: Annotated[str | None, Query(description="only events of this dataset: its id or slug")] = None,
    since: Annotated[str | None, Query(description="an RFC 3339 time or a date, inclusive")] = None,
    until: Annotated[str | None, Query(description="an RFC 3339 time or a date, exclusive")] = None,
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(description="the `next` of the previous page")] = None,
) -> Response:
    position = parse_paging_position(cursor)
    service: Service = request.app.state.service
    _check_type(type, service.store.codec.event_types)
    begin = None if since is None else parse_time("since", since)
    end = None if until is None else parse_time("until", until)
    async with read_connection(request) as opened:
        dataset_id = None
        if dataset is not None and (dataset_id := parse_dataset_id(dataset)) is None:
            dataset_id = (await find_snapshot(request, opened, dataset)).id
        if not await wait_until_applied(opened, audit.NAME, PATIENCE_SECONDS):
            detail = "The audit has not caught up with the newest events; try again in a moment"
            raise Unavailable("audit-behind", detail)
        filter = audit.AuditFilter(actor, type, dataset_id, begin, end)
        before = audit.NEWEST if position is None else position
        rows = await audit.read_page(opened, access_of(request), filter, before, limit + 1)
    following = rows[limit - 1]["position"] if len(rows) > limit else None
    return list_response(request, [exact_json.dumps(_audit_json(row)) for row in rows[:limit]], following, limit)


def _check_type(type: str | None, known: Iterable[str]) -> None:
    if type is not None and type not in known:
        detail = f"type={type[:60]!r} is not an event type: {suggest_nearest(type, known)}"
        raise BadRequest("unknown-event-type", detail, (Fault("type", "unknown-event-type", detail),))


def _audit_json(row: Mapping[str, Any]) -> AuditEntryJson:
    return {
        "position": row["position"],
        "version": row["version"],
        "dataset": None if row["dataset_id"] is None else str(row["dataset_id"]),
        "type": row["type"],
        "actor": row["actor"],
        "at": row["at"].isoformat(),
        "summary": {"added": row["added"], "changed": row["changed"], "removed": row["removed"]},
        "comment": row["comment"],
        "correlation_id": row["correlation_id"],
    }
