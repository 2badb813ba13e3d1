"""`…/records?filter=`: updates or deletes all records that match a filter, as one version."""

from functools import partial
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Depends, Request, Response

from application.commands.change_by_filter import FilteredChange, change_matching_records
from domain.errors import BadRequest, Fault
from interfaces.http.openapi import headers
from interfaces.http.openapi.operation import describe
from interfaces.http.openapi.problem_codes import CHANGE_BY_FILTER
from interfaces.http.query_parameters import Filter, request_limits
from interfaces.http.reading import DatasetName
from interfaces.http.requests import (
    command_context,
    parse_if_match,
    parse_preferences,
    reject_unknown_parameters,
)
from interfaces.rest import change_responses
from interfaces.rest.change_answers import RECORD_PREFERENCES, SUMMARY_ANSWERS
from interfaces.rest.command_execution import bulk_change_tools, find_dataset_id
from interfaces.rest.records.changes import SOME_VALUES, read_values
from interfaces.services.wiring import Service
from projections.changes.filtered_change import SqlFilteredChange
from projections.query.compiled import QuerySpec, pin_now

router = APIRouter(prefix="/v1/datasets/{dataset}/records", tags=["records"])
router.dependencies.append(Depends(reject_unknown_parameters))

CHANGE_HEADERS = (headers.IF_MATCH, RECORD_PREFERENCES)
UPDATE = describe(*SUMMARY_ANSWERS, body=SOME_VALUES, headers=CHANGE_HEADERS, problems=[CHANGE_BY_FILTER])
DELETE = describe(*SUMMARY_ANSWERS, headers=CHANGE_HEADERS, problems=[CHANGE_BY_FILTER])


@router.patch("", summary="Change some columns of all records that match the filter", openapi_extra=UPDATE)
async def update_records(request: Request, dataset: DatasetName, filter: Filter = None) -> Response:
    spec = _parse_filter(filter)
    return await _change_matching(request, dataset, spec, await read_values(request))


@router.delete("", summary="Remove all records that match the filter", openapi_extra=DELETE)
async def delete_records(request: Request, dataset: DatasetName, filter: Filter = None) -> Response:
    return await _change_matching(request, dataset, _parse_filter(filter), None)


async def _change_matching(
    request: Request, dataset: str, spec: QuerySpec, values: dict[str, Any] | None
) -> Response:
    service: Service = request.app.state.service
    preferences = parse_preferences(request)
    change = FilteredChange(values, parse_if_match(request), preferences.dry_run, preferences.max_affected)
    id = await find_dataset_id(request, dataset)
    selection = SqlFilteredChange(spec, request_limits(request), service.settings.limits.query_seconds)
    call = partial(
        change_matching_records, bulk_change_tools(request), command_context(request), id, selection, change
    )
    return change_responses.summary_response(request, await to_thread.run_sync(call))


def _parse_filter(filter: str | None) -> QuerySpec:
    if filter is None or not filter.strip():
        detail = "A filter is required: send filter=…, or filter=true for all records"
        raise BadRequest("filter-required", detail, (Fault("filter", "filter-required", detail),))
    return pin_now(QuerySpec(filter))
