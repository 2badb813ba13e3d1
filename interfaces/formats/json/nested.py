"""Normalizes arrays and objects inside a row: compact, with plain numbers, and only what PostgreSQL can store."""

import json
import re

import msgspec
import orjson

from domain.columns import MAX_DEPTH
from interfaces.formats.json.numbers import normalize_number

TOO_DEEP = "nested too deeply"

_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_STRINGS = re.compile(_STRING, re.DOTALL)
_ODD_NUMBER = re.compile(rb"[0-9][eE]|-0|[0-9.]{300}")
_NUMBER = re.compile(rb"(" + _STRING + rb")|-?[0-9][0-9.eE+-]*", re.DOTALL)
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def has_nul(text: bytes) -> bool:
    """Whether the JSON text contains an escaped U+0000."""
    return b"\\u0000" in text and _NUL.search(text) is not None


def normalize_nested(text: bytes) -> bytes:
    """A valid JSON array or object without blanks, and with numbers in plain notation.

    Raises ValueError for a repeated name in an object, U+0000, numbers out of range, and nesting deeper than
    MAX_DEPTH.
    """
    bare = _STRINGS.sub(b'""', text)
    if bare.count(b"[") + bare.count(b"{") > MAX_DEPTH and is_too_deep(bare):
        raise ValueError(f"{TOO_DEEP}: {MAX_DEPTH} levels are allowed")
    if has_nul(text):
        raise ValueError("a string may not contain the character U+0000")
    if any(blank in bare for blank in (b" ", b"\n", b"\r", b"\t")):
        text = msgspec.json.format(text, indent=-1)
    if _ODD_NUMBER.search(bare):
        text = _NUMBER.sub(_replace_number, text)
    if bare.count(b":") > 1:
        _check_names(text)
    return text


def is_too_deep(text: bytes) -> bool:
    """Whether brackets outside strings are nested more than MAX_DEPTH levels deep."""
    depth = 0
    for bracket in re.findall(rb"[\[\]{}]", _STRINGS.sub(b"", text)):
        depth += 1 if bracket in b"[{" else -1
        if depth > MAX_DEPTH:
            return True
    return False


def find_repeated_name(text: bytes, *, inside: bool = True) -> str | None:
    """The first name that occurs twice in one object; with `inside` False, only in the outermost object."""
    repeated: list[str] = []

    def collect_names(pairs: list[tuple[str, object]]) -> list[str]:
        names = [name for name, _ in pairs]
        if len(set(names)) < len(names):
            repeated.append(next(name for name in names if names.count(name) > 1))
        return names

    outermost = json.loads(text, object_pairs_hook=collect_names, parse_int=str, parse_float=str)
    if inside or not isinstance(outermost, list):
        return repeated[0] if repeated else None
    return repeated[-1] if len(set(outermost)) < len(outermost) else None


def _check_names(text: bytes) -> None:
    """Raise ValueError for a repeated name, whose first value would be lost.

    The number of quotes usually shows that there is none.
    """
    if b"\\u0022" not in text:
        try:
            if orjson.dumps(orjson.loads(text)).count(b'"') == text.count(b'"'):
                return
        except orjson.JSONDecodeError:
            pass  # a number that orjson cannot represent; the search below can
    if name := find_repeated_name(text):
        raise ValueError(f"the name {name!r} occurs twice in one object")


def _replace_number(match: "re.Match[bytes]") -> bytes:
    if match[1] is not None:
        return match[1]
    number = normalize_number(match[0])
    if number is None:
        raise ValueError(f"the number {match[0][:30].decode()} is out of range")
    return number
