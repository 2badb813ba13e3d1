"""Formats of a page of records, chosen by `Accept`: JSON, or CSV or NDJSON without envelope."""

from dataclasses import dataclass

from fastapi import Request
from psycopg.sql import Composable

from domain import exact_json
from domain.columns import Column
from interfaces.http.quality import parse_quality
from projections.query.pages.page_reader import RecordCount, RecordPage
from projections.query.pages.page_sql import RECORD_SEPARATOR
from projections.sql.row_csv import header_csv, values_csv
from projections.sql.row_json import record_json

JSON = "application/json"
CSV = "text/csv"
NDJSON = "application/x-ndjson"

_LINE_TYPES = {CSV: CSV, NDJSON: NDJSON, "application/ndjson": NDJSON, "application/jsonl": NDJSON}


@dataclass(frozen=True, slots=True)
class PageFormat:
    """The SQL that formats a record, the separator between records, and the header."""

    row: Composable
    separator: str
    header: str = ""
    one_line: bool = True


def negotiate_media_type(request: Request) -> str:
    """The supported media type ranked first by `Accept` (RFC 9110); JSON if it names none."""
    accept = request.headers.get("accept", "")
    if not any(media_type in accept for media_type in _LINE_TYPES):
        return JSON
    ranked = [
        (parse_quality(part), _LINE_TYPES.get(_media_type_name(part), JSON))
        for part in accept.split(",")
        if _is_offered(_media_type_name(part))
    ]
    return max(ranked, key=lambda one: one[0], default=(0.0, JSON))[1]


def page_format(media_type: str, columns: tuple[Column, ...]) -> PageFormat:
    match media_type:
        case "text/csv":
            return PageFormat(values_csv(columns), "\n", header_csv(columns) + "\n", one_line=False)
        case "application/x-ndjson":
            return PageFormat(record_json(columns), "\n")
        case _:
            return PageFormat(record_json(columns), RECORD_SEPARATOR)


def format_page(form: PageFormat, found: RecordPage, limit: int, version: int, count: RecordCount | None) -> str:
    """The body of the page: JSON with its envelope, including whether the count is exact, or only the lines."""
    if form.separator != RECORD_SEPARATOR:
        return form.header + (found.text + "\n" if found.text else "")
    next_cursor = "null" if found.next is None else exact_json.dumps(found.next)
    counted = "null" if count is None else f'{count.number},"count_is":"{"exact" if count.exact else "estimate"}"'
    envelope = f'{{"limit":{limit},"next":{next_cursor},"count":{counted}}}'
    return f'{{"data":[{found.text}],"page":{envelope},"version":{version}}}'


def _is_offered(name: str) -> bool:
    return name in _LINE_TYPES or name in (JSON, "application/*", "*/*")


def _media_type_name(part: str) -> str:
    return part.partition(";")[0].strip().lower()
