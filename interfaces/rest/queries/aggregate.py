"""`…/aggregate`: figures of a dataset's records, grouped."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from domain.query.aggregation import parse_aggregation
from interfaces.http.query_parameters import Filter, request_limits
from interfaces.http.reading import (
    AsOf,
    DatasetName,
    Limit,
    find_snapshot,
    json_response,
    next_link,
    page_json,
    read_connection,
)
from interfaces.http.requests import reject_unknown_parameters
from interfaces.rest.queries import request_cursors
from interfaces.rest.queries.request_cursors import RequestCursor
from interfaces.services.wiring import Service
from projections.query import aggregates
from projections.query.compiled import QuerySpec, compile_query, pin_now

router = APIRouter(prefix="/v1/datasets/{dataset}", tags=["analysis"])
router.dependencies.append(Depends(reject_unknown_parameters))


@router.get("/aggregate", summary="Counts, sums, means and extremes of groups of records")
async def aggregate(
    request: Request,
    dataset: DatasetName,
    group_by: Annotated[str | None, Query(description="columns and date parts: `city,year(born)`")] = None,
    measures: Annotated[
        str | None,
        Query(description="`count` and count, count_distinct, sum, avg, min, max of columns: `sum(price)`"),
    ] = None,
    filter: Filter = None,
    sort: Annotated[str | None, Query(description="groups and figures: `-count,city`; nulls last")] = None,
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(description="the `next` of the page_json before")] = None,
    as_of: AsOf = None,
) -> Response:
    given = {"filter": filter, "group_by": group_by, "measures": measures, "sort": sort, "now": None}
    mark = None if cursor is None else request_cursors.decode(cursor, 2, given)
    version, skipped = (None, 0) if mark is None else mark.places
    fresh = {name: value or "" for name, value in given.items()} | {"now": pin_now(QuerySpec(filter or "")).now}
    asked = fresh if mark is None else mark.pinned
    service: Service = request.app.state.service
    async with read_connection(request) as opened:
        snapshot = await find_snapshot(request, opened, dataset, as_of if version is None else str(version))
        if version is not None and as_of is not None:
            wanted = await find_snapshot(request, opened, dataset, as_of)
            request_cursors.check_cursor_agrees("as_of", str(wanted.version), str(version))
        question = compile_query(
            snapshot.definition, QuerySpec(asked["filter"], now=asked["now"]), request_limits(request)
        )
        most = service.settings.limits.analysis_terms
        aggregation = parse_aggregation(
            snapshot.definition, asked["group_by"], asked["measures"], asked["sort"], most
        )
        found = await aggregates.read(opened, snapshot, question, aggregation, limit, skipped)
    following = (
        request_cursors.encode(RequestCursor((snapshot.version, skipped + limit), asked)) if found.has_more else None
    )
    body = page_json(found.groups, following, limit, snapshot.version)
    return json_response(request, body, snapshot.version, next_link(request, following), timeless=question.timeless)
