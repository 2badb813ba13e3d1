"""The note on the few values that keep a column from having a type: the first of them, and what settles it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from domain.columns import ColumnType, quote_value
from interfaces.formats.values.type_notes import quote_column_type

MAX_EXAMPLES = 3
MIN_NEAR_SHARE = 0.66
"""The share of a column's values that must have a type, so that the others are said to stand in the way."""


class Remedy(Enum):
    """What makes a value fit: the option `trim`, the declared type, both, or nothing."""

    TRIM = "trim"
    DECLARE = "declare"
    TRIM_AND_DECLARE = "trim and declare"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A value that does not fit the type of the others, and its place in the file, such as `line 12`."""

    value: object
    place: str
    remedy: Remedy

    @property
    def quoted(self) -> str:
        return quote_value(self.value)


@dataclass(frozen=True, slots=True)
class NearType:
    """The type that a column would have without some values: `examples`, the first of them, and `more` others.

    `title` is what each other value is, such as "an integer". `type` is the one to declare. The column is `kept` as
    text or as JSON. `within` says which rows were examined, if not all.
    """

    title: str
    type: ColumnType
    examples: Sequence[Mismatch]
    more: int
    kept: str = "text"
    within: str = ""


def mismatches_note(name: str, near: NearType) -> str:
    """The note on a column that nearly has a type."""
    shown = [f"{each.quoted} ({each.place})" for each in near.examples]
    if near.more:
        shown.append(f"{near.more:,} more")
    listed = " and ".join([part for part in (", ".join(shown[:-1]), shown[-1]) if part])
    because = f"Column {name!r} stays {near.kept} because of {listed}{near.within}: each other value is {near.title}."
    return " ".join([because, *_ways_out(near.examples, quote_column_type(name, near.type))])


def _ways_out(examples: Sequence[Mismatch], declaration: str) -> Iterator[str]:
    """The options that settle it: which ones depends on what is wrong with the values."""
    remedies = [each.remedy for each in examples]
    if Remedy.TRIM in remedies:
        yield "Set options.trim to true to leave out the blanks around values."
    readable = [each for each in examples if each.remedy in (Remedy.DECLARE, Remedy.TRIM_AND_DECLARE)]
    misfit = next((each for each in examples if each.remedy is Remedy.NONE), None)
    if readable:
        trims = ", and options.trim to true," if Remedy.TRIM_AND_DECLARE in remedies else ""
        rejects = f"; the row of {misfit.quoted} is then rejected" if misfit else ""
        yield f"Set options.columns to {declaration}{trims} to read {readable[0].quoted} like the others{rejects}."
    elif misfit:
        reject = f"options.columns to {declaration} to reject their rows"
        yield f"Set options.null_values to read such values as null, or {reject}."
