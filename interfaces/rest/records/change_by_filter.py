"""`…/records?filter=` changed: every record that a filter keeps is updated or deleted, as one version."""

from functools import partial
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Depends, Request, Response

from application.commands.change_by_filter import Change, change_many
from domain.errors import BadRequest, Fault
from interfaces.http.query_parameters import Filter, limits
from interfaces.http.reading import DatasetName
from interfaces.http.requests import context, if_match, only_known_parameters, preferences
from interfaces.rest import change_responses
from interfaces.rest.command_execution import look_up, tools
from interfaces.rest.records.changes import VALUES_BODY, values_of
from interfaces.services.wiring import Service
from projections.changes.filtered_change import Selected
from projections.query.compiled import Asked, at_once

router = APIRouter(prefix="/v1/datasets/{dataset}/records", tags=["records"])
router.dependencies.append(Depends(only_known_parameters))


@router.patch("", summary="Change some columns of every record that the filter keeps", openapi_extra=VALUES_BODY)
async def update_records(request: Request, dataset: DatasetName, filter: Filter = None) -> Response:
    asked = _asked(filter)
    return await _changed(request, dataset, asked, await values_of(request))


@router.delete("", summary="Remove every record that the filter keeps")
async def delete_records(request: Request, dataset: DatasetName, filter: Filter = None) -> Response:
    return await _changed(request, dataset, _asked(filter), None)


async def _changed(request: Request, dataset: str, asked: Asked, values: dict[str, Any] | None) -> Response:
    service: Service = request.app.state.service
    wishes = preferences(request)
    change = Change(values, if_match(request), wishes.dry_run, wishes.most)
    id = await look_up(request, dataset)
    selected = Selected(asked, limits(request), service.settings.limits.query_seconds)
    call = partial(change_many, tools(request), context(request), id, selected, change)
    return change_responses.summary(request, await to_thread.run_sync(call))


def _asked(filter: str | None) -> Asked:
    if filter is None or not filter.strip():
        detail = "Say which records by filter=…; filter=true means every one of them"
        raise BadRequest("filter-required", detail, (Fault("filter", "filter-required", detail),))
    return at_once(Asked(filter))
