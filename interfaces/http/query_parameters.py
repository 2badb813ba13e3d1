"""Query parameters shared by reading routes: filter, sort, search, fields, and their limits."""

import datetime
from typing import Annotated

from fastapi import Path, Query, Request

from domain.errors import BadRequest, Fault, NotFound
from interfaces.http.openapi.limits import limited
from projections.query.compiled import QueryLimits

RecordId = Annotated[str, Path(description="the record's number")]
Filter = Annotated[
    str | None,
    Query(
        description="an OData 4.01 filter expression over the columns",
        examples=["area_km2 ge 1000 and contains(name, 'Glacier')"],
        json_schema_extra=limited(maxLength="filter_length"),
    ),
]
Sort = Annotated[
    str | None,
    Query(
        description="sort columns: `-price,name` is descending price, then name; also `name:ci`, `name:natural`",
        examples=["-area_km2,name"],
    ),
]
Search = Annotated[
    str | None,
    Query(
        description="full-text search in string columns; `~prodct` also finds similar words",
        examples=["glacier"],
        json_schema_extra=limited(maxLength="search_length"),
    ),
]
Fields = Annotated[str | None, Query(description="the columns to return: `name,price`", examples=["name,area_km2"])]


def request_limits(request: Request) -> QueryLimits:
    found: QueryLimits = request.app.state.query_limits
    return found


def parse_time(name: str, text: str) -> datetime.datetime:
    """An RFC 3339 time; a date is its first moment, and without an offset it is UTC. Raises BadRequest."""
    try:
        moment = datetime.datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        detail = (
            f"{name}={text[:60]!r} is not a time; use a time like 2024-01-31T12:30:00Z, or a date like 2024-01-31"
        )
        raise BadRequest("invalid-time", detail, (Fault(name, "invalid-time", detail),)) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)


def parse_record_id(text: str) -> int:
    """Parse a record number. Raises NotFound if `text` is not one."""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise NotFound("record-not-found", f"There is no record {text[:60]!r}: records are numbered 1, 2, 3 …")
    return int(text)
