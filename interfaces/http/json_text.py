"""Parses JSON that clients send, and refuses half of a surrogate pair: JSON can escape it, no text can contain it."""

import re
from typing import Any

from domain import exact_json
from domain.errors import Fault, Invalid
from domain.json_pointer import escape_pointer_token

_MAY_CONTAIN_HALF = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]|\x00")
"""An escape, three bytes of UTF-8, or another encoding; without any of these there is nothing to look for."""

_HALF = re.compile("[\ud800-\udfff]")


def parse_json(text: bytes) -> Any:
    """The JSON value in `text`. Raises ValueError as `exact_json.loads`, or Invalid for half of a surrogate pair."""
    value = exact_json.loads(text)
    if _MAY_CONTAIN_HALF.search(text) and (pointer := _find_half(value)) is not None:
        detail = f"{pointer or 'the value'}: a string must not contain half of a surrogate pair, such as \\ud83d"
        raise Invalid("invalid-text", detail, (Fault(pointer, "invalid-text", detail),))
    return value


def _find_half(value: Any) -> str | None:
    """The pointer to a string or an object's name with half of a surrogate pair; None if there is none."""
    waiting = [("", value)]
    while waiting:
        pointer, one = waiting.pop()
        if isinstance(one, str) and _HALF.search(one):
            return pointer
        if isinstance(one, dict):
            if any(_HALF.search(name) for name in one):
                return pointer
            waiting += [(f"{pointer}/{escape_pointer_token(name)}", item) for name, item in one.items()]
        elif isinstance(one, list):
            waiting += [(f"{pointer}/{index}", item) for index, item in enumerate(one)]
    return None
