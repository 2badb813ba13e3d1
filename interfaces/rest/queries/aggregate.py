"""`…/aggregate`: figures of a dataset's records, grouped."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from domain.query.aggregation import parse_aggregation
from interfaces.http.query_parameters import Filter, limits
from interfaces.http.reading import (
    AsOf,
    DatasetName,
    Limit,
    answer,
    connection,
    find,
    next_link,
    page,
)
from interfaces.http.requests import only_known_parameters
from interfaces.rest.queries import request_cursors
from interfaces.rest.queries.request_cursors import Bookmark
from interfaces.services.wiring import Service
from projections.query import aggregates
from projections.query.compiled import Asked, ask, at_once

router = APIRouter(prefix="/v1/datasets/{dataset}", tags=["analysis"])
router.dependencies.append(Depends(only_known_parameters))


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
    cursor: Annotated[str | None, Query(description="the `next` of the page before")] = None,
    as_of: AsOf = None,
) -> Response:
    given = {"filter": filter, "group_by": group_by, "measures": measures, "sort": sort, "now": None}
    mark = None if cursor is None else request_cursors.decode(cursor, 2, given)
    version, skipped = (None, 0) if mark is None else mark.places
    fresh = {name: value or "" for name, value in given.items()} | {"now": at_once(Asked(filter or "")).now}
    asked = fresh if mark is None else mark.pinned
    service: Service = request.app.state.service
    async with connection(request) as opened:
        snapshot = await find(request, opened, dataset, as_of if version is None else str(version))
        if version is not None and as_of is not None:
            wanted = await find(request, opened, dataset, as_of)
            request_cursors.must_agree("as_of", str(wanted.version), str(version))
        question = ask(snapshot.definition, Asked(asked["filter"], now=asked["now"]), limits(request))
        most = service.settings.limits.analysis_terms
        aggregation = parse_aggregation(
            snapshot.definition, asked["group_by"], asked["measures"], asked["sort"], most
        )
        found = await aggregates.read(opened, snapshot, question, aggregation, limit, skipped)
    following = request_cursors.encode(Bookmark((snapshot.version, skipped + limit), asked)) if found.more else None
    body = page(found.groups, following, limit, snapshot.version)
    return answer(request, body, snapshot.version, next_link(request, following), timeless=question.timeless)
