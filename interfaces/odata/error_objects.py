"""Errors as OData has them: what is a problem document elsewhere is an error object below `/odata`.

Which refusal has which status is decided where problem documents are made.
"""

from collections.abc import Mapping, Sequence

from fastapi import Response

from domain import exact_json
from domain.errors import Fault

VERSION_HEADER = {"OData-Version": "4.0"}
"""On every answer, exactly once."""

MEDIA_TYPE = "application/json"

_OPTION_NAMES = {
    "filter": "$filter",
    "sort": "$orderby",
    "cursor": "$skiptoken",
    "search": "$search",
    "fields": "$select",
}
"""What the service's parameters are called here."""


def error_response(
    status: int, code: str, detail: str, faults: Sequence[Fault] = (), headers: Mapping[str, str] = {}
) -> Response:
    """`{"error": {"code", "message", "target", "details"}}`; `target` is the option or header that was refused."""
    error: dict[str, object] = {"code": code, "message": detail}
    if faults:
        error["target"] = _error_target(faults[0])
    error["details"] = [
        {"code": each.code, "message": each.detail, "target": _error_target(each)} for each in faults[1:]
    ]
    body = exact_json.dumps({"error": error})
    return Response(body, status, {**headers, **VERSION_HEADER}, MEDIA_TYPE)


def _error_target(fault: Fault) -> str:
    return _OPTION_NAMES.get(fault.pointer, fault.pointer)
