"""Decide by its cells whether the first row of a table contains the names of its columns."""

import itertools
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from domain.columns import ColumnType
from interfaces.formats.values.forms import matching_formats

_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
_MAX_COMPARED_ROWS = 200
_MIN_STEPS = 3


def is_header(first: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether the first row contains names: no numbers, dates or other typed values, and no values of later rows.

    Typed values can be names if they are years, or if the first cell is text, no name is repeated, and the names
    differ from the values below them or count in equal steps.
    """
    if not any(cell.strip() for cell in first):
        return False
    typed = [cell for cell in first if cell and matching_formats([cell])]
    if not typed:
        return not _names_recur(first, _without_repeated_header(first, below))
    if len(set(typed)) < len(typed) or len(typed) == len(first):
        return False
    if all(map(_is_year, typed)):
        return True
    if len(typed) < len(first) - 1 or (first[0] and matching_formats([first[0]])):
        return False
    below = below[:_MAX_COMPARED_ROWS]
    return _differs_in_type(first, below) or _counts_in_steps(first, below)


def filled_width(cells: Sequence[str]) -> int:
    """The number of cells up to the last one that is not blank."""
    at = len(cells)
    while at and not cells[at - 1].strip():
        at -= 1
    return at


def _is_year(cell: str) -> bool:
    return len(cell) == 4 and cell.isdigit() and "1500" <= cell <= "2200"


def _differs_in_type(first: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether no value below a typed name has the type of the name, and there are such values."""
    compared = False
    for at, name in enumerate(first[1:], 1):
        kinds = _kinds([name])
        values = {row[at] for row in below if at < len(row) and row[at].strip()}
        if any(kinds & _kinds([value]) for value in values):
            return False
        compared = compared or bool(values)
    return compared


def _kinds(values: Iterable[str]) -> set[ColumnType]:
    """The types of values; whole numbers are decimals too."""
    found = {form.type for form in matching_formats(values)}
    return found | {ColumnType.DECIMAL} if ColumnType.INTEGER in found else found


def _counts_in_steps(first: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether the names are at least three numbers in equal steps, and the values of some row below are not.

    The numbers from 0 or 1 on are names above any row.
    """
    step = _common_step(first[1:])
    if step is None or not below:
        return False
    return (step == 1 and first[1] in ("0", "1")) or any(_common_step(row[1:]) != step for row in below)


def _common_step(cells: Sequence[str]) -> Decimal | None:
    if len(cells) < _MIN_STEPS or not all(map(_NUMBER.fullmatch, cells)):
        return None
    numbers = list(map(Decimal, cells))
    steps = {after - before for before, after in itertools.pairwise(numbers)}
    return steps.pop() if len(steps) == 1 else None


def _without_repeated_header(first: Sequence[str], below: Sequence[Sequence[str]]) -> Sequence[Sequence[str]]:
    """The rows that differ from the first one, if its cells occur nowhere else; else all rows.

    In a table without a header the first row may have a duplicate, but its values occur in other rows too.
    """
    others = [row for row in below if list(row) != list(first)]
    if len(first) < 2 or len(others) == len(below) or list(below[0]) == list(first):
        return below
    names = {cell for cell in first if cell}
    return below if any(not names.isdisjoint(row) for row in others) else others


def _names_recur(first: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether, in more than half of the columns, the name also occurs as a value."""
    again = [any(row[at] == cell for row in below if at < len(row)) for at, cell in enumerate(first) if cell]
    return bool(again) and sum(again) * 2 > len(again)
