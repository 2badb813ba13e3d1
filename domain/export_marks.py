"""How a CSV export says what an import could not know: by quotes around the first two names that need none.

Readers of CSV see no difference, and programs that put quotes around names do not choose one or two of many.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExportMarks:
    """`guarded`: texts have the formula guard. `canonical`: values are not in the notations that a dataset remembers
    of its columns, in which 1.000 may be a thousand, and an empty cell false."""

    guarded: bool = False
    canonical: bool = False


NO_MARKS = ExportMarks()
_QUOTED = {
    (False, False): NO_MARKS,
    (True, False): ExportMarks(guarded=True),
    (True, True): ExportMarks(canonical=True),
    (False, True): ExportMarks(guarded=True, canonical=True),
}
"""The marks by the quotes around the first two names."""


def find_quoted_names(marks: ExportMarks, count: int) -> Collection[int]:
    """The indexes, among `count` names that need no quotes, of those that get them. A single name has both marks."""
    if count < 2:
        return range(count if marks != NO_MARKS else 0)
    quotes = next(quotes for quotes, meaning in _QUOTED.items() if meaning == marks)
    return [at for at, is_quoted in enumerate(quotes) if is_quoted]


def read_marks(quoted: Sequence[bool]) -> ExportMarks:
    """The marks of a header, given which of the names that need no quotes have them."""
    match quoted:
        case [is_quoted]:
            return ExportMarks(is_quoted, is_quoted)
        case [first, second, *others] if not any(others):
            return _QUOTED[first, second]
        case _:
            return NO_MARKS
