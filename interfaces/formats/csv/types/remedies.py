"""What makes the values of a CSV file fit that keep a column from having a type."""

from collections.abc import Sequence

from domain.columns import ColumnType
from interfaces.formats.csv.formula_text import unwrap_formula
from interfaces.formats.values.blanks import BLANKS, has_blanks
from interfaces.formats.values.form import ValueFormat
from interfaces.formats.values.mismatch_notes import Remedy
from interfaces.formats.values.nulls import NULL_WORDS
from interfaces.formats.values.numbers.number_forms import NUMBER_FORMATS
from interfaces.formats.values.numbers.signed_numbers import signed_formats


def find_remedy(value: str, form: ValueFormat) -> Remedy:
    """The option that makes a value fit which does not fit `form`, the format of the others."""
    text = value.strip(BLANKS)
    if not text or text in NULL_WORDS or form.accepts(text) or form.accepts(f" {text}"):
        return Remedy.TRIM
    if form.accepts(unwrap_formula(text)) or (form.is_number and _is_signed(text, ColumnType.DECIMAL)):
        return Remedy.TRIM_AND_DECLARE if has_blanks(value) else Remedy.DECLARE
    return Remedy.NONE


def type_to_declare(values: Sequence[str], form: ValueFormat) -> ColumnType:
    """The type with which the client reads `values` too, as far as possible: a decimal if one is `+1.5` or `5%`."""
    signed = [text for text in (value.strip(BLANKS) for value in values) if _is_signed(text, ColumnType.DECIMAL)]
    is_whole = all(_is_signed(text, ColumnType.INTEGER) for text in signed)
    return form.type if is_whole or not form.is_number else ColumnType.DECIMAL


def _is_signed(text: str, type: ColumnType) -> bool:
    """Whether a text is a number of this type only if the client says so."""
    return bool(signed_formats(type, text, NUMBER_FORMATS))
