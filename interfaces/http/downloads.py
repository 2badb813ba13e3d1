"""File names (RFC 6266) and ranges (RFC 9110) of downloads."""

import re
from urllib.parse import quote

from fastapi import Request, Response

from interfaces.http import problems

_RANGE = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*")


def content_disposition(filename: str) -> str:
    """The Content-Disposition header of a download, with the name in ASCII for old clients and in UTF-8."""
    plain = "".join(
        character if " " <= character <= "~" and character not in '"\\%' else "_" for character in filename
    )
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


def requested_range(request: Request, etag: str, size: int) -> tuple[int, int] | None:
    """Start and end (exclusive) of the bytes requested by a `Range` header. The range is empty if end <= start.

    None if the whole file is requested, several ranges are, or `If-Range` names another entity tag.
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
    detail = f"Range: {request.headers['range'][:60]} begins after the end of the file ({size:,} bytes)"
    headers = {"Content-Range": f"bytes */{size}"}
    return problems.response(request, 416, "range-not-satisfiable", detail, headers=headers)
