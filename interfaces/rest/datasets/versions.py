"""`…/versions` and `…/revert`: list, read and restore versions of a dataset."""

from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Path, Request, Response
from typing_extensions import TypedDict

from application.commands import revert as use_case
from application.commands.envelope import CommandOutcome
from domain import exact_json
from domain.errors import Fault, Invalid, NotFound
from interfaces.http.openapi import headers
from interfaces.http.openapi.answers import JSON, NOT_MODIFIED, Answer, one_of, page_answer, read_answer
from interfaces.http.openapi.operation import describe, json_body
from interfaces.http.openapi.problem_codes import CHANGE, ONE_VERSION
from interfaces.http.openapi.schemas import member_names
from interfaces.http.reading import (
    AsOf,
    DatasetName,
    Limit,
    PageCursor,
    find_snapshot,
    json_response,
    list_response,
    parse_paging_position,
    read_connection,
)
from interfaces.http.requests import (
    command_context,
    parse_if_match,
    parse_preferences,
    read_json_object,
    reject_unknown_parameters,
)
from interfaces.rest import change_responses
from interfaces.rest.change_answers import CHANGE_HEADERS, ChangeSummaryJson
from interfaces.services import representations
from interfaces.services.json_types import Keywords, VersionJson
from interfaces.services.wiring import Service
from projections.query import listings

router = APIRouter(prefix="/v1/datasets/{dataset}", tags=["history"])
router.dependencies.append(Depends(reject_unknown_parameters))


class RevertBodyJson(TypedDict):
    to: Annotated[int, Keywords("the version to return to", more={"minimum": 1, "maximum": 2**63 - 1})]


LIST = describe(page_answer(VersionJson, "The dataset's versions"), NOT_MODIFIED)
READ = describe(read_answer(VersionJson, "The version"), NOT_MODIFIED, problems=[ONE_VERSION])
REVERT = describe(
    Answer(
        200,
        "The new version, or with `dry-run` what would change",
        {JSON: one_of(VersionJson, ChangeSummaryJson)},
        (headers.ETAG, *CHANGE_HEADERS),
    ),
    body=json_body(RevertBodyJson, {"to version 3": {"to": 3}}),
    headers=[headers.IF_MATCH, headers.prefer("dry-run", "max-affected")],
    problems=[ONE_VERSION, CHANGE],
)


@router.get("/versions", summary="The dataset's versions, newest first", openapi_extra=LIST)
async def list_versions(
    request: Request,
    dataset: DatasetName,
    limit: Limit = 50,
    cursor: PageCursor = None,
    as_of: AsOf = None,
) -> Response:
    position = parse_paging_position(cursor)
    async with read_connection(request) as opened:
        snapshot = await find_snapshot(request, opened, dataset, as_of)
        up_to = snapshot.version if position is None else position
        rows = await listings.versions(opened, snapshot, up_to, limit + 1)
    next_version = rows[limit]["version"] if len(rows) > limit else None
    texts = [exact_json.dumps(representations.version_json(row)) for row in rows[:limit]]
    return list_response(request, texts, next_version, limit, snapshot.version)


@router.get("/versions/{version}", summary="One version: what changed, when and by whom", openapi_extra=READ)
async def read_version(
    request: Request, dataset: DatasetName, version: Annotated[str, Path(description="the version number")]
) -> Response:
    if not (version.isascii() and version.isdigit() and len(version) < 19):
        raise NotFound("version-not-found", f"There is no version {version[:60]!r}: versions are numbered 1, 2, 3 …")
    async with read_connection(request) as opened:
        snapshot = await find_snapshot(request, opened, dataset)
        row = await listings.version(opened, snapshot, int(version))
    return json_response(
        request, exact_json.dumps(representations.version_json(row)), snapshot.version, etag=row["version"]
    )


@router.post("/revert", summary="Create a version equal to an older one", openapi_extra=REVERT)
async def revert_dataset(request: Request, dataset: DatasetName) -> Response:
    body = await read_json_object(request, member_names(RevertBodyJson))
    to = body.get("to")
    if not isinstance(to, int) or isinstance(to, bool) or not 0 < to < 2**63:
        fault = Fault("/to", "type-error", 'the body must be an object like {"to": 3} with a version number')
        raise Invalid("invalid-body", fault.detail, (fault,))
    service: Service = request.app.state.service
    preferences = parse_preferences(request)
    async with read_connection(request) as opened:
        snapshot = await find_snapshot(request, opened, dataset)
    call = partial(
        use_case.revert_dataset,
        service.pool.connection,
        service.handler,
        service.models,
        command_context(request),
        snapshot.id,
        to,
        parse_if_match(request),
        dry_run=preferences.dry_run,
        max_affected=preferences.max_affected,
    )
    outcome: CommandOutcome = await to_thread.run_sync(call)
    if outcome.dry_run:
        return change_responses.dry_run_response(request, outcome, change_responses.outcome_counts(outcome))
    async with read_connection(request) as opened:
        after = await find_snapshot(request, opened, dataset, str(outcome.state.version))
        row = await listings.version(opened, after, outcome.state.version)
    return json_response(
        request, exact_json.dumps(representations.version_json(row)), outcome.state.version, preferences.applied
    )
