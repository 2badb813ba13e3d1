"""`…/join/{other}`: joins the records of two datasets."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from psycopg import AsyncConnection
from typing_extensions import TypedDict

from domain.query.join_keys import parse_join_pairs
from interfaces.http.openapi.answers import JSON, NOT_MODIFIED, READ_HEADERS, Answer
from interfaces.http.openapi.headers import LINK
from interfaces.http.openapi.operation import describe
from interfaces.http.openapi.problem_codes import JOIN
from interfaces.http.openapi.schemas import schema_of
from interfaces.http.query_parameters import Fields, Filter, request_limits
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
    select_columns,
)
from interfaces.http.requests import reject_unknown_parameters
from interfaces.rest.queries import offset_cursors
from interfaces.rest.queries.offset_cursors import RequestCursor
from interfaces.services.json_types import PageInfoJson, RecordJson
from interfaces.services.wiring import Service
from projections.query import joins
from projections.query.compiled import QuerySpec, compile_query, pin_now
from projections.query.joins import Join, JoinPosition, JoinSide

router = APIRouter(prefix="/v1/datasets/{dataset}", tags=["analysis"])
router.dependencies.append(Depends(reject_unknown_parameters))


class JoinRowJson(TypedDict):
    left: RecordJson
    right: RecordJson | None


class JoinPageJson(TypedDict):
    data: list[JoinRowJson]
    page: PageInfoJson
    version: int
    other_version: int


DESCRIPTION = describe(
    Answer(200, "A page of joined records", {JSON: schema_of(JoinPageJson)}, (*READ_HEADERS, LINK)),
    NOT_MODIFIED,
    problems=[JOIN],
)


@router.get("/join/{other}", summary="Join the records of two datasets on equal values", openapi_extra=DESCRIPTION)
async def join_datasets(
    request: Request,
    dataset: DatasetName,
    other: Annotated[str, Path(description="the right dataset's id or slug")],
    on: Annotated[str | None, Query(description="the columns to join by: `user_id`, `user_id:id`, `a:x,b:y`")] = None,
    how: Annotated[
        Literal["inner", "left"] | None, Query(description="`left` also returns left records without a match")
    ] = None,
    filter: Filter = None,
    fields: Fields = None,
    other_fields: Annotated[str | None, Query(description="the columns of the right dataset to return")] = None,
    limit: Limit = 50,
    cursor: PageCursor = None,
    as_of: AsOf = None,
    other_as_of: Annotated[str | None, Query(description="like `as_of`, for the right dataset")] = None,
) -> Response:
    given = {"on": on, "how": how, "filter": filter, "now": None}
    bookmark = None if cursor is None else offset_cursors.decode(cursor, 4, given)
    now = pin_now(QuerySpec(filter or "")).now
    new_parameters = {"on": on or "", "how": how or "inner", "filter": filter or "", "now": now}
    parameters = new_parameters if bookmark is None else bookmark.pinned
    pinned, places = ((None, None), ()) if bookmark is None else (bookmark.places[:2], bookmark.places[2:])
    service: Service = request.app.state.service
    async with read_connection(request) as opened:
        left = await _load_side(request, opened, dataset, pinned[0], ("as_of", as_of), ("fields", fields))
        right = await _load_side(
            request, opened, other, pinned[1], ("other_as_of", other_as_of), ("other_fields", other_fields)
        )
        definitions = (left.snapshot.definition, right.snapshot.definition)
        pairs = parse_join_pairs(parameters["on"], *definitions, service.settings.limits.analysis_terms)
        query = compile_query(
            definitions[0], QuerySpec(parameters["filter"], now=parameters["now"]), request_limits(request)
        )
        spec = Join(left, right, pairs, parameters["how"] == "left", query)
        found = await joins.read(opened, spec, limit, JoinPosition(*places))
    versions = (left.snapshot.version, right.snapshot.version)
    next_cursor = None
    if found.next is not None:
        next_cursor = offset_cursors.encode(RequestCursor((*versions, found.next.left, found.next.right), parameters))
    body = f'{page_json(found.rows, next_cursor, limit, versions[0])[:-1]},"other_version":{versions[1]}}}'
    return json_response(
        request,
        body,
        versions[0],
        next_link(request, next_cursor),
        etag=f"{versions[0]}-{versions[1]}",
        timeless=query.timeless,
    )


async def _load_side(
    request: Request,
    opened: "AsyncConnection[Any]",
    dataset: str,
    pinned: int | None,
    as_of: tuple[str, str | None],
    fields: tuple[str, str | None],
) -> JoinSide:
    """One side of the join: the dataset at the pinned version, or as of the parameter `as_of` (name and value)."""
    name, moment = as_of
    snapshot = await find_snapshot(request, opened, dataset, moment)
    if pinned is not None and snapshot.version != pinned:
        if moment is not None:
            offset_cursors.check_cursor_agrees(name, str(snapshot.version), str(pinned))
        snapshot = await find_snapshot(request, opened, dataset, str(pinned))
    return JoinSide(snapshot, select_columns(snapshot.definition, fields[1], fields[0]))
