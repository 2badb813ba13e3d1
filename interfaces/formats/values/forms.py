"""The forms a value may have, and what the sender says about them: the notation of dates, the decimal sign, nulls.

A new way of writing is one more line in `boolean_forms`, `number_forms` or `date_shapes`.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from application.imports.file_format import FileOptions
from domain.columns import ColumnType
from domain.errors import Invalid
from interfaces.formats.values import date_forms, number_forms
from interfaces.formats.values.boolean_forms import (
    BOOLEAN_FORMATS,
    BOOLEAN_FORMATS_BY_NAME,
    ONE_ZERO_FORMAT,
    needs_both_words,
)
from interfaces.formats.values.date_notation import normalize_notation
from interfaces.formats.values.form import (
    TEXT,
    ValueFormat,
    grouped_identifier_format,
    identifier_format,
)
from interfaces.formats.values.json_form import JSON_FORMAT
from interfaces.formats.values.nulls import NULL_WORDS
from interfaces.formats.values.number_forms import DECIMAL, INTEGER, NUMBER_FORMATS

_MIN_IDENTIFIER_DIGITS = 16
_MIN_PHONE_LENGTH = 11
_SPACES = (" ", "\u00a0", "\u202f")


@dataclass(frozen=True, slots=True)
class AllowedFormats:
    """The ways of writing that a file may use. `date` is the one the sender named.

    `nulls` stand for null: in every column if `null_everywhere`, else in those that are not text.
    """

    date: ValueFormat | None = None
    numbers: tuple[ValueFormat, ...] = NUMBER_FORMATS
    nulls: frozenset[str] = NULL_WORDS
    null_everywhere: bool = False

    def accepting(self, text: str) -> tuple[ValueFormat, ...]:
        """Every form but text that a value may have, the likelier before the less likely."""
        asked = (self.date,) if self.date and self.date.accepts(text) else ()
        simple = (form for form in (*BOOLEAN_FORMATS, *self.numbers) if form.accepts(text))
        return tuple(dict.fromkeys((*asked, *simple, *date_forms.candidate_date_formats(text))))

    def clash(self, one: ValueFormat, other: ValueFormat) -> bool:
        """Whether a value that fits both might mean two things."""
        if one.is_number and other.is_number:
            return one != DECIMAL and number_forms.separators_clash(one, other)
        return one != self.date and date_forms.day_month_clash(one, other)

    def prefers(self, form: ValueFormat) -> bool:
        """Whether the sender's notation has day and month in this order."""
        return (
            self.date is not None and date_forms.is_day_first(form) == date_forms.is_day_first(self.date) is not None
        )


def allowed_formats(options: FileOptions) -> AllowedFormats:
    """What the sender says. Raises Invalid `invalid-options`."""
    if options.decimal not in (None, ",", "."):
        raise Invalid("invalid-options", f"'decimal' is {options.decimal!r}; ',' or '.' may stand before decimals.")
    return AllowedFormats(
        date=date_forms.build_date_format(normalize_notation(options.date_format)) if options.date_format else None,
        numbers=number_forms.formats_with_decimal_sign(options.decimal) if options.decimal else NUMBER_FORMATS,
        nulls=NULL_WORDS if options.null_values is None else frozenset(options.null_values) - {""},
        null_everywhere=options.null_values is not None,
    )


def find_format(column_type: ColumnType, format: str | None) -> ValueFormat:
    """The form of that type with this format; the canonical one without. Raises Invalid `invalid-options`."""
    match column_type:
        case ColumnType.STRING:
            return TEXT
        case ColumnType.JSON:
            return JSON_FORMAT
        case ColumnType.INTEGER | ColumnType.DECIMAL:
            canonical: ValueFormat | None = INTEGER if column_type is ColumnType.INTEGER else DECIMAL
            form = canonical if format is None else number_forms.NUMBER_FORMATS_BY_NAME.get(format)
            example = "1,234 or 1.234,56"
        case ColumnType.BOOLEAN:
            form, example = (BOOLEAN_FORMATS_BY_NAME.get(format) if format else BOOLEAN_FORMATS[0]), "yes/no"
        case ColumnType.DATE:
            form, example = (
                date_forms.build_date_format(normalize_notation(format or date_forms.CANONICAL_DATE)),
                "DD.MM.YYYY",
            )
        case ColumnType.DATETIME:
            form, example = (
                date_forms.build_date_format(normalize_notation(format or date_forms.CANONICAL_TIMES[0])),
                "DD.MM.YYYY hh:mm",
            )
    if form is None or form.type is not column_type:
        detail = f"{format!r} is no format of {column_type.value} columns; say for instance {example}."
        raise Invalid("invalid-options", detail)
    return form


def accepting_formats_of_type(ways: AllowedFormats, column_type: ColumnType, text: str) -> tuple[ValueFormat, ...]:
    """The forms of a type that was said beforehand, for one value."""
    if column_type is ColumnType.BOOLEAN and ONE_ZERO_FORMAT.accepts(text):
        return (ONE_ZERO_FORMAT,)
    return tuple(form for form in ways.accepting(text) if form.type is column_type)


def matching_formats(values: Iterable[str]) -> tuple[ValueFormat, ...]:
    """The forms that all of `values` (none of them empty) prove, whatever the sender says."""
    texts = set(values)
    forms = DEFAULT_FORMATS.accepting(next(iter(texts))) if texts else ()
    proven = (form for form in forms if len(texts) > 1 or not needs_both_words(form))
    return tuple(form for form in proven if all(map(form.accepts, texts)))


def narrow_format(form: ValueFormat, shortest: int, longest: int, negative: bool) -> ValueFormat:
    """`form` for integers of `shortest` to `longest` characters: identifiers if all are equally long."""
    if form.type is not ColumnType.INTEGER or shortest != longest or negative:
        return form
    if form == INTEGER and shortest >= _MIN_IDENTIFIER_DIGITS:
        return identifier_format(shortest)
    mark = number_forms.number_separators(form)[0]
    return grouped_identifier_format(shortest, mark) if mark in _SPACES and shortest >= _MIN_PHONE_LENGTH else form


DEFAULT_FORMATS = AllowedFormats()
