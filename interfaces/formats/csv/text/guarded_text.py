"""Find the marks of our own CSV exports, and take off the apostrophes of the formula guard."""

import re
from collections import Counter
from collections.abc import Callable, Sequence

from domain.export_marks import NO_MARKS, ExportMarks, read_marks
from domain.formula_guard import FORMULA_SIGNS, guarded_pattern
from interfaces.formats.csv.records import SINGLE_CELL_DELIMITER, CsvRecord
from interfaces.formats.csv.table import Dialect

GUARD = b"'"
"""What `build_unguard` counts."""
GUARD_NOTE = "The apostrophes of the formula guard were taken off."


def find_marks(header: CsvRecord, dialect: Dialect) -> ExportMarks:
    """What the header's quotes say about the text, if it is an export as it was written."""
    if dialect.quote != '"' or header.fault is not None:
        return NO_MARKS
    special = (dialect.delimiter or SINGLE_CELL_DELIMITER, '"', "\n", "\r")
    plain = [
        is_quoted
        for name, is_quoted in zip(header.cells, _find_quoted(header), strict=True)
        if name and not any(sign in name for sign in special) and not name.startswith("\ufeff")
    ]
    return read_marks(plain)


def build_unguard(dialect: Dialect, counts: Counter[bytes]) -> Callable[[bytes], bytes]:
    """A function that takes the guard off the cells of complete records of clean text, and counts these as GUARD."""
    mark = re.escape((dialect.delimiter or SINGLE_CELL_DELIMITER).encode())
    plain_signs = FORMULA_SIGNS.translate({ord(sign): None for sign in f"{dialect.delimiter or ''}\r"})
    plain, guarded = (b"'(?=%b)" % guarded_pattern(signs).encode() for signs in (plain_signs, FORMULA_SIGNS))
    start = b"(?:(?<=%b)|(?<=\n))" % mark
    cells = b"%b(?P<plain>%b)" % (start, plain)
    if dialect.quote:
        quote = re.escape(dialect.quote.encode())
        body = b"(?:[^%b]++|%b%b)*+%b" % (quote, quote, quote, quote)
        cells += b"|%b%b(?:%b(?P<quoted>%b)|%b)" % (start, quote, guarded, body, body)
    pattern = re.compile(cells)
    opened = (dialect.quote or "").encode()

    def edit(match: re.Match[bytes]) -> bytes:
        if match.lastgroup is None:
            return match[0]
        counts[GUARD] += 1
        return b"" if match.lastgroup == "plain" else opened + match["quoted"]

    return lambda records: pattern.sub(edit, b"\n" + records)[1:]


def _find_quoted(header: CsvRecord) -> Sequence[bool]:
    """Whether each cell of a record is in quotes."""
    found, at = [], 0
    for cell in header.cells:
        quoted = '"' + cell.replace('"', '""') + '"'
        found.append(header.raw.startswith(quoted, at))
        at += len(quoted if found[-1] else cell) + 1
    return found
