"""Check a text that no other format accepts, before it is read as CSV: anything can be read as lines.

If its name or its brackets say that it is something else, it must look like a table: several rows of several cells.
"""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePath

from domain.errors import Invalid, UnsupportedFormat
from interfaces.formats.text.plausibility import SUPPORTED_FORMATS, head_as_utf8

_WORKBOOK_SUFFIXES = (".xls", ".xlsx", ".xlsm", ".xlsb", ".xlt", ".xltx", ".ods")
_CLAIMS = {
    **dict.fromkeys(_WORKBOOK_SUFFIXES, "a workbook"),
    **dict.fromkeys((".json", ".geojson", ".ndjson", ".jsonl"), "JSON"),
    ".parquet": "a Parquet file",
}
_BRACKETS = {b"{": b"}", b"[": b"]"}
_QUOTED = re.compile(rb'"(?:[^"]|"")*"')
_MAX_LINES = 50
_MAX_SHOWN = 60
_SHARES = {b"\t": 0.5, b";": 0.5, b"|": 0.5, b",": 0.8}
"""How many of the lines must have the same number of each delimiter. Prose has commas too."""


def check_claimed_format(head: bytes, is_all: bool, filenames: Sequence[str]) -> None:
    """Refuse a text that claims to be JSON, a workbook or Parquet, and is neither that nor a table.

    `head` is the beginning of the file, or all of it; `filenames` are its names, packed and unpacked. Raises Invalid
    `invalid-json` or UnsupportedFormat.
    """
    text = head_as_utf8(head).strip()
    claims = (_CLAIMS.get(PurePath(name).suffix.lower()) for name in filenames)
    claim = next((found for found in claims if found), None)
    if claim is None and is_all and _BRACKETS.get(text[:1]) == text[-1:]:
        claim = "JSON"
    if claim is None or _is_table(text, is_all):
        return
    if claim == "JSON":
        detail = (
            f"The file is neither JSON with rows nor a table of another format: it begins with {_show_start(text)}"
        )
        hint = "An array or an object is expected, with all names and texts in double quotes"
        raise Invalid("invalid-json", f"{detail}. {hint}.")
    detail = f"By its name the file is {claim}, but it is a text without a table: it begins with {_show_start(text)}"
    raise UnsupportedFormat("unsupported-format", f"{detail}; {SUPPORTED_FORMATS}.")


def _is_table(text: bytes, is_all: bool) -> bool:
    """Whether two or more lines, and most of all lines, have the same number of a delimiter."""
    lines = _QUOTED.sub(b"", text).splitlines()
    lines = [line for line in (lines if is_all else lines[:-1])[:_MAX_LINES] if line.strip()]
    for delimiter, share in _SHARES.items():
        counts = Counter(line.count(delimiter) for line in lines)
        del counts[0]
        if counts and max(counts.values()) >= max(2, share * len(lines)):
            return True
    return False


def _show_start(text: bytes) -> str:
    line = text.split(b"\n", 1)[0].strip().decode("utf-8", "replace")
    return repr(line if len(line) <= _MAX_SHOWN else line[:_MAX_SHOWN] + " …")
