"""How a CSV file is written: its delimiter and whether it has a header, seen from its first rows."""

import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from interfaces.files.csv_records import UNCLOSED, Record, parsed
from interfaces.files.forms import matching
from interfaces.files.source import MAX_LINE_BYTES, Dialect

_HEAD = 1 << 18
_DELIMITERS = (",", ";", "\t", "|", ":")


@dataclass(frozen=True, slots=True)
class Sample:
    """The first rows: `header` the names as written (None without a header), `rows` the cells below."""

    dialect: Dialect
    header: list[str] | None
    rows: list[list[str]]
    width: int


def sample(path: Path) -> Sample:
    """Read whole lines from the head of the file and see how they are written."""
    lines, is_all = _head(path)
    delimiter, found = _delimiter(lines, is_all)
    if not found:
        return Sample(Dialect(delimiter, False), None, [], 1)
    rows = [record.cells for record in found]
    usual = Counter(map(len, rows)).most_common(1)[0][0]
    below = [row for row in rows[1:] if len(row) == usual]
    blank = found[0].line - 1
    if not _is_header(rows[0], below):
        same = [row for row in rows if len(row) == usual]
        return Sample(Dialect(delimiter, False, blank), None, same, usual)
    dialect = Dialect(delimiter, True, blank, found[0].raw.count("\n") + (not found[0].raw.endswith("\n")))
    width = max(len(rows[0]), usual)
    return Sample(dialect, rows[0], [row for row in below if len(row) == width], width)


def _head(path: Path) -> tuple[list[str], bool]:
    """Whole lines of at least 256 KB (more where lines are long), and whether that is all of the file."""
    with path.open("rb") as file:
        data = file.read(_HEAD)
        while data.count(b"\n") < 3 and len(data) < 4 * MAX_LINE_BYTES and (more := file.read(_HEAD)):
            data += more
        is_all = not file.read(1)
    if not is_all:
        data = data[: data.rfind(b"\n") + 1]
    return list(io.StringIO(data.decode("utf-8-sig", errors="replace"), newline="\n")), is_all


def _delimiter(lines: list[str], is_all: bool) -> tuple[str | None, list[Record]]:
    """The delimiter that splits most lines alike, the header included, and the records it makes."""
    best: tuple[float, int] = (0.0, 0)
    chosen: tuple[str | None, list[Record]] | None = None
    for delimiter in _DELIMITERS:
        found = _parsed(lines, delimiter, is_all)
        widths = Counter(len(record.cells) for record in found)
        if not widths:
            break
        usual, times = widths.most_common(1)[0]
        share = times / len(found) * (1.0 if len(found[0].cells) == usual else 0.5)
        score = (round(share, 1), usual)
        if usual > 1 and score > best:
            best, chosen = score, (delimiter, found)
    if chosen and best[0] >= 0.3:
        return chosen
    return None, _parsed(lines, None, is_all)


def _parsed(lines: list[str], delimiter: str | None, is_all: bool) -> list[Record]:
    found = list(parsed(lines, delimiter))
    if not is_all and found and found[-1].fault == UNCLOSED:
        found.pop()
    return [record for record in found if record.cells]


def _is_header(first: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: unlike the rows below it, it holds no values."""
    if not any(cell.strip() for cell in first):
        return False
    typed = [cell for cell in first if cell and matching([cell])]
    if not typed:
        return not _recurs(first, below)
    return all(map(_is_year, typed)) and len(set(typed)) == len(typed) < len(first)


def _is_year(cell: str) -> bool:
    return len(cell) == 4 and cell.isdigit() and "1500" <= cell <= "2200"


def _recurs(first: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether what would be names are values of their own columns, in half of the columns or more."""
    again = [any(row[at] == cell for row in below if at < len(row)) for at, cell in enumerate(first) if cell]
    return bool(again) and sum(again) * 2 > len(again)
