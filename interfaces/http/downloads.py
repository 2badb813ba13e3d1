"""Downloads: what they are called, and which part of one is asked for (RFC 6266, RFC 9110)."""

import re
from urllib.parse import quote

from fastapi import Request, Response

from interfaces.http import problems

_RANGE = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*")


def content_disposition(filename: str) -> str:
    """The header that names a download (RFC 6266): in plain ASCII for old clients, and exactly."""
    plain = "".join(sign if " " <= sign <= "~" and sign not in '"\\%' else "_" for sign in filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


def requested_range(request: Request, etag: str, size: int) -> tuple[int, int] | None:
    """The bytes a `Range` header asks for, the end excluded and perhaps before the start: there are none then.

    None where it asks for all, for several ranges, or for what it thinks is another file.
    """
    match = _RANGE.fullmatch(request.headers.get("range", ""))
    if match is None or request.headers.get("if-range", etag) != etag:
        return None
    first, last = match.groups()
    if not first:
        return (max(0, size - int(last)), size) if last else None
    if last and int(last) < int(first):
        return None
    return int(first), min(int(last) + 1, size) if last else size


def range_not_satisfiable(request: Request, size: int) -> Response:
    detail = f"Range: {request.headers['range'][:60]} lies behind the file's {size:,} bytes"
    headers = {"Content-Range": f"bytes */{size}"}
    return problems.response(request, 416, "range-not-satisfiable", detail, headers=headers)
