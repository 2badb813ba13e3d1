"""`…/profile`: statistics of the values of each column."""

import datetime
import time
from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from typing_extensions import TypedDict

from application.settings import limit_setting
from domain import exact_json
from domain.columns import Column, ColumnType
from domain.errors import BadRequest, Fault, TooLarge
from interfaces.http.openapi.answers import NOT_MODIFIED, read_answer
from interfaces.http.openapi.operation import describe
from interfaces.http.openapi.problem_codes import PROFILE
from interfaces.http.query_parameters import Fields, Filter, request_limits
from interfaces.http.reading import (
    AsOf,
    DatasetName,
    find_snapshot,
    json_response,
    read_connection,
    select_columns,
)
from interfaces.http.requests import reject_unknown_parameters
from interfaces.services.wiring import Service
from projections.query import profiles
from projections.query.compiled import QuerySpec, compile_query
from projections.query.pages import page_reader
from projections.query.profiles import MAX_STRING_LENGTH, ColumnProfile

router = APIRouter(prefix="/v1/datasets/{dataset}", tags=["analysis"])
router.dependencies.append(Depends(reject_unknown_parameters))

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_LAST_SECOND = datetime.datetime.max.replace(microsecond=0, tzinfo=datetime.UTC)
_FIRST_SECOND = datetime.datetime.min.replace(tzinfo=datetime.UTC)


class LengthsJson(TypedDict):
    shortest: int | None
    longest: int | None


class CommonValueJson(TypedDict):
    value: Any
    count: int


BinJson = TypedDict("BinJson", {"from": Any, "to": Any, "count": int})


class ColumnProfileJson(TypedDict):
    """`histogram` is null for columns that are no numbers or times, `lengths` for those that are no strings."""

    name: str
    type: ColumnType
    filled: int
    missing: int
    distinct: int
    least: Any
    greatest: Any
    mean: Any
    lengths: LengthsJson | None
    commonest: list[CommonValueJson]
    histogram: list[BinJson] | None


class ProfileJson(TypedDict):
    records: int
    columns: list[ColumnProfileJson]
    version: int


DESCRIPTION = describe(read_answer(ProfileJson, "A profile of each column"), NOT_MODIFIED, problems=[PROFILE])


@router.get(
    "/profile",
    summary="Statistics per column: counts, extremes, common values and distribution",
    openapi_extra=DESCRIPTION,
)
async def profile_columns(
    request: Request, dataset: DatasetName, fields: Fields = None, filter: Filter = None, as_of: AsOf = None
) -> Response:
    service: Service = request.app.state.service
    maximum = service.settings.limits
    async with read_connection(request) as opened:
        snapshot = await find_snapshot(request, opened, dataset, as_of)
        query = compile_query(snapshot.definition, QuerySpec(filter or ""), request_limits(request))
        columns = select_columns(snapshot.definition, fields)
        _check_column_count(len(columns), maximum.profile_columns)
        records = await page_reader.count_exactly(opened, snapshot, query)
        began = time.monotonic()
        figures: list[ColumnProfileJson] = []
        for column in columns:
            if time.monotonic() - began > maximum.query_seconds:
                raise _too_slow_refusal(len(figures), len(columns), maximum.query_seconds)
            figures.append(_profile_json(column, await profiles.read(opened, snapshot, query, column)))
    body: ProfileJson = {"records": records, "columns": figures, "version": snapshot.version}
    return json_response(request, exact_json.dumps(body), snapshot.version, timeless=query.timeless)


def _check_column_count(number: int, maximum: int) -> None:
    if number > maximum:
        detail = (
            f"{number} columns are too many for one profile: name at most {maximum} of them in fields "
            f"({limit_setting('profile_columns')})"
        )
        raise BadRequest("profile-limit", detail, (Fault("fields", "profile-limit", detail),))


def _too_slow_refusal(done: int, total: int, seconds: int) -> TooLarge:
    detail = (
        f"{done} of {total} columns took longer than {seconds} s ({limit_setting('query_seconds')}); "
        "name fewer in fields, or narrow the filter"
    )
    return TooLarge("profile-too-slow", detail)


def _profile_json(column: Column, found: ColumnProfile) -> ColumnProfileJson:
    lengths: LengthsJson | None = (
        None if found.longest is None else {"shortest": found.shortest, "longest": found.longest}
    )
    histogram: list[BinJson] | None = (
        None
        if found.histogram is None
        else [
            {"from": _bin_bound_json(column.type, low), "to": _bin_bound_json(column.type, high), "count": number}
            for low, high, number in found.histogram
        ]
    )
    return {
        "name": column.name,
        "type": column.type,
        "filled": found.filled,
        "missing": found.missing,
        "distinct": found.distinct,
        "least": _value_json(column.type, found.least),
        "greatest": _value_json(column.type, found.greatest),
        "mean": found.mean,
        "lengths": lengths,
        "commonest": [{"value": _value_json(column.type, value), "count": times} for value, times in found.commonest],
        "histogram": histogram,
    }


def _value_json(type: ColumnType, text: str | None) -> Any:
    """The value as JSON; a long string is cut and ends with an ellipsis."""
    if text is not None and type in (ColumnType.INTEGER, ColumnType.DECIMAL, ColumnType.BOOLEAN):
        return exact_json.loads(text)
    return text if text is None or len(text) <= MAX_STRING_LENGTH else text[:MAX_STRING_LENGTH] + "…"


def _bin_bound_json(type: ColumnType, place: Decimal) -> Any:
    """A bound of a histogram bin: a number, a date, or a time in UTC."""
    if type is ColumnType.DATE:
        return (_EPOCH + datetime.timedelta(days=int(place))).date().isoformat()
    if type is ColumnType.DATETIME:
        return _to_instant(int(place)).isoformat().replace("+00:00", "Z")
    return _strip_trailing_zeros(place)


def _to_instant(seconds: int) -> datetime.datetime:
    """The time, limited to the years 1 to 9999: an offset may move a time outside of them."""
    first, last = ((one - _EPOCH).total_seconds() for one in (_FIRST_SECOND, _LAST_SECOND))
    return _EPOCH + datetime.timedelta(seconds=min(max(seconds, int(first)), int(last)))


def _strip_trailing_zeros(number: Decimal) -> Decimal:
    """The number without trailing zeros after the decimal point."""
    text = format(number, "f")
    return Decimal(text.rstrip("0").rstrip(".") if "." in text else text)
