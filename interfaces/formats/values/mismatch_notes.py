"""The note on the few values that keep a column from having a type: the first of them, and what settles it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.columns import ColumnType, quote_value
from interfaces.formats.values.blanks import BLANKS
from interfaces.formats.values.form import ValueFormat
from interfaces.formats.values.nulls import NULL_WORDS
from interfaces.formats.values.numbers.number_forms import NUMBER_FORMATS
from interfaces.formats.values.numbers.signed_numbers import signed_formats
from interfaces.formats.values.type_notes import quote_column_type

MAX_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A value that does not fit its column's type, and its place in the file, such as `line 12`."""

    value: str
    place: str


def mismatches_note(name: str, examples: Sequence[Mismatch], more: int, form: ValueFormat, within: str = "") -> str:
    """The note on a column that is text because of `examples`, and `more` other values, which do not fit `form`.

    `within` says which rows were examined, if not all.
    """
    shown = [f"{quote_value(each.value)} ({each.place})" for each in examples]
    if more:
        shown.append(f"{more:,} more")
    listed = " and ".join([part for part in (", ".join(shown[:-1]), shown[-1]) if part])
    others = f"Column {name!r} stays text because of {listed}{within}: each other value is {form.title}."
    return " ".join([others, *_ways_out(name, [each.value for each in examples], form)])


def _ways_out(name: str, values: Sequence[str], form: ValueFormat) -> Iterator[str]:
    """The options that settle it: which ones depends on what is wrong with the values."""
    if any(_lacks_only_blanks(value, form) for value in values):
        yield "Set options.trim to true to leave out the blanks around values."
    rest = [value for value in values if not _lacks_only_blanks(value, form)]
    numbers = [value for value in rest if form.is_number and _is_signed(value, ColumnType.DECIMAL)]
    if numbers:
        is_whole = form.type is ColumnType.INTEGER and all(_is_signed(value, ColumnType.INTEGER) for value in numbers)
        type = quote_column_type(name, ColumnType.INTEGER if is_whole else ColumnType.DECIMAL)
        others = ", which rejects the rows of the others" if len(numbers) < len(rest) else ""
        yield f"Set options.columns to {type} to read {quote_value(numbers[0])} as a number{others}."
    elif rest:
        type = quote_column_type(name, form.type)
        reject = f"options.columns to {type} to reject their rows"
        yield f"Set options.null_values to read such values as null, or {reject}."


def _lacks_only_blanks(value: str, form: ValueFormat) -> bool:
    """Whether a value would fit if all values had no blanks around them."""
    text = value.strip(BLANKS)
    return not text or text in NULL_WORDS or form.accepts(text) or form.accepts(f" {text}")


def _is_signed(value: str, type: ColumnType) -> bool:
    """Whether a value is a number of this type only if the client says so."""
    return bool(signed_formats(type, value.strip(BLANKS), NUMBER_FORMATS))
