"""Refuses URLs that would be misread: a parameter given twice, and bytes that are not UTF-8.

Otherwise the last of two values would win and invalid bytes would be replaced, so that a request would do something
else than it says.
"""

import re
from collections import Counter
from collections.abc import Iterable
from urllib.parse import unquote_to_bytes

from starlette.types import Scope

from domain.errors import BadRequest, Fault

_HIGH_BYTE = re.compile(rb"%[89A-Fa-f]")
_NAME = re.compile(rb"(?:^|&)([^=&]+)")


def check_url(scope: Scope) -> None:
    """Raises BadRequest. The server itself refuses URLs with other characters than ASCII."""
    raw_path, query = scope["raw_path"], scope["query_string"]
    if b"%" in raw_path and not _is_utf8(raw_path):
        raise BadRequest("invalid-url", "The path is not percent-encoded UTF-8; write ü as %C3%BC, not as %FC")
    if b"%" in query and not _is_utf8(query):
        raise _encoding_refusal(query)
    if b"&" in query:
        names = _NAME.findall(query)
        if b"%" in (together := b"".join(names)) or b"+" in together:
            names = [unquote_to_bytes(name.replace(b"+", b" ")) for name in names]
        if len(set(names)) < len(names):
            raise _repetition_refusal(names)


def _is_utf8(encoded: bytes) -> bool:
    if not _HIGH_BYTE.search(encoded):
        return True
    try:
        unquote_to_bytes(encoded).decode()
    except UnicodeDecodeError:
        return False
    return True


def _encoding_refusal(query: bytes) -> BadRequest:
    part = next(part for part in query.split(b"&") if not _is_utf8(part))
    name = part.partition(b"=")[0].decode()
    detail = f"the parameter {name[:60]} is not percent-encoded UTF-8; write ü as %C3%BC, not as %FC"
    return BadRequest("invalid-url", detail, (Fault(name[:60], "invalid-url", detail),))


def _repetition_refusal(names: Iterable[bytes]) -> BadRequest:
    """Names the parameters that are given more than once."""
    faults = tuple(
        Fault(name[:60], "repeated-parameter", f"the parameter '{name[:60]}' is given {times} times; send it once")
        for name, times in Counter(name.decode() for name in names).items()
        if times > 1
    )
    return BadRequest("repeated-parameter", faults[0].detail, faults)
