"""The errors for quotes that leave it unclear where cells end. They name the line of the file."""

import re

from domain.errors import Invalid
from interfaces.formats.csv.records import UNCLOSED_QUOTE, CsvRecord
from interfaces.formats.csv.table import Dialect


def quote_error(record: CsvRecord, dialect: Dialect, above: int = 0) -> Invalid:
    """The error for a record with a fault, in clean text whose first line is below `above` lines of the file."""
    line = record.line + above
    if record.fault == UNCLOSED_QUOTE:
        line += record.raw.count("\n", 0, _find_open_quote(record.raw, dialect))
        return Invalid("unclosed-quote", f"The quote that opens in line {line:,} is never closed.")
    detail = (
        f"In the record that begins in line {line:,} a cell continues after its closing quote, so it is unclear "
        "where the following cells end. A quote inside a quoted cell must be written twice."
    )
    return Invalid("bad-quote", detail)


def _find_open_quote(raw: str, dialect: Dialect) -> int:
    """The offset of the unclosed quote in an unfinished record."""
    end, quote = re.escape(dialect.delimiter or chr(31)), re.escape(dialect.quote or "")
    body = f"(?:[^{quote}]|{quote}{quote})*"
    cell = re.compile(f"{quote}{body}{quote} *(?=[{end}\r\n])|[^{quote}{end}\r\n][^{end}\r\n]*|[{end}\r\n]")
    at = 0
    while match := cell.match(raw, at):
        at = match.end()
    return at
