"""`…/aggregate`: counts, sums and other measures of groups of records."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from typing_extensions import TypedDict

from domain.query.aggregation import parse_aggregation
from interfaces.http.openapi.answers import NOT_MODIFIED, page_answer
from interfaces.http.openapi.operation import describe
from interfaces.http.openapi.problem_codes import GROUPS
from interfaces.http.query_parameters import Filter, request_limits
from interfaces.http.reading import (
    AsOf,
    DatasetName,
    Limit,
    PageCursor,
    find_snapshot,
    json_response,
    next_link,
    page_json,
    read_connection,
)
from interfaces.http.requests import reject_unknown_parameters
from interfaces.rest.queries import offset_cursors
from interfaces.rest.queries.offset_cursors import RequestCursor
from interfaces.services.wiring import Service
from projections.query import aggregates
from projections.query.compiled import QuerySpec, compile_query, pin_now

router = APIRouter(prefix="/v1/datasets/{dataset}", tags=["analysis"])
router.dependencies.append(Depends(reject_unknown_parameters))


class GroupJson(TypedDict):
    """The values that the records of a group share, and its measures."""

    group: dict[str, Any]
    measures: dict[str, Any]


DESCRIPTION = describe(page_answer(GroupJson, "A page of groups"), NOT_MODIFIED, problems=[GROUPS])


@router.get(
    "/aggregate",
    summary="Counts, sums, averages, minimums and maximums of groups of records",
    openapi_extra=DESCRIPTION,
)
async def aggregate_records(
    request: Request,
    dataset: DatasetName,
    group_by: Annotated[str | None, Query(description="columns and date parts: `city,year(born)`")] = None,
    measures: Annotated[
        str | None,
        Query(description="`count`, and count, count_distinct, sum, avg, min and max of columns: `sum(price)`"),
    ] = None,
    filter: Filter = None,
    sort: Annotated[str | None, Query(description="sort by groups and measures: `-count,city`; nulls last")] = None,
    limit: Limit = 50,
    cursor: PageCursor = None,
    as_of: AsOf = None,
) -> Response:
    given = {"filter": filter, "group_by": group_by, "measures": measures, "sort": sort, "now": None}
    bookmark = None if cursor is None else offset_cursors.decode(cursor, 2, given)
    version, skipped = (None, 0) if bookmark is None else bookmark.places
    new_parameters = {name: value or "" for name, value in given.items()} | {
        "now": pin_now(QuerySpec(filter or "")).now
    }
    parameters = new_parameters if bookmark is None else bookmark.pinned
    service: Service = request.app.state.service
    async with read_connection(request) as opened:
        snapshot = await find_snapshot(request, opened, dataset, as_of if version is None else str(version))
        if version is not None and as_of is not None:
            requested = await find_snapshot(request, opened, dataset, as_of)
            offset_cursors.check_cursor_agrees("as_of", str(requested.version), str(version))
        query = compile_query(
            snapshot.definition, QuerySpec(parameters["filter"], now=parameters["now"]), request_limits(request)
        )
        max_terms = service.settings.limits.analysis_terms
        aggregation = parse_aggregation(
            snapshot.definition, parameters["group_by"], parameters["measures"], parameters["sort"], max_terms
        )
        found = await aggregates.read(opened, snapshot, query, aggregation, limit, skipped)
    next_cursor = (
        offset_cursors.encode(RequestCursor((snapshot.version, skipped + limit), parameters))
        if found.has_more
        else None
    )
    body = page_json(found.groups, next_cursor, limit, snapshot.version)
    return json_response(request, body, snapshot.version, next_link(request, next_cursor), timeless=query.timeless)
