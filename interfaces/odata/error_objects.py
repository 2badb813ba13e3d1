"""OData error objects, used below `/odata` instead of problem documents.

The status of each refusal is decided in `interfaces.http.problems`.
"""

from collections.abc import Mapping, Sequence

from fastapi import Response

from domain import exact_json
from domain.errors import Fault

VERSION_HEADER = {"OData-Version": "4.0"}
"""Sent with every response, exactly once."""

MEDIA_TYPE = "application/json"

_OPTION_NAMES = {
    "filter": "$filter",
    "sort": "$orderby",
    "cursor": "$skiptoken",
    "search": "$search",
    "fields": "$select",
}
"""The OData names of the service's parameters."""


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
    body = exact_json.dumps({"error": error}).encode(errors="replace")
    return Response(body, status, {**headers, **VERSION_HEADER}, MEDIA_TYPE)


def _error_target(fault: Fault) -> str:
    return _OPTION_NAMES.get(fault.pointer, fault.pointer)
