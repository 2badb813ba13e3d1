"""Find the formats that values fit, given the client's options: the date format, the decimal sign, the null words.

To support a new value format, add it to `boolean_forms`, `number_forms` or `date_shapes`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import assert_never

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
    """The formats that the values of a file may have. `date` is the date format in the options.

    `nulls` are read as null: in every column if `null_everywhere`, else in columns that are not text.
    """

    date: ValueFormat | None = None
    numbers: tuple[ValueFormat, ...] = NUMBER_FORMATS
    nulls: frozenset[str] = NULL_WORDS
    null_everywhere: bool = False

    def formats_for(self, text: str) -> tuple[ValueFormat, ...]:
        """Every format except text that a value fits, the most likely first."""
        requested = (self.date,) if self.date and self.date.accepts(text) else ()
        simple = (*BOOLEAN_FORMATS, *self.numbers)
        fitting = [form for form in simple if form.accepts(text)] if _may_fit_any(simple).fullmatch(text) else ()
        return tuple(dict.fromkeys((*requested, *fitting, *date_forms.candidate_date_formats(text))))

    def clash(self, one: ValueFormat, other: ValueFormat) -> bool:
        """Whether a value that fits both formats may have two meanings."""
        if one.is_number and other.is_number:
            return one != DECIMAL and number_forms.separators_clash(one, other)
        return one != self.date and date_forms.day_month_clash(one, other)

    def prefers(self, form: ValueFormat) -> bool:
        """Whether the date format in the options has day and month in the same order."""
        return (
            self.date is not None and date_forms.is_day_first(form) == date_forms.is_day_first(self.date) is not None
        )


@lru_cache(maxsize=16)
def _may_fit_any(forms: tuple[ValueFormat, ...]) -> re.Pattern[str]:
    """A pattern of all texts that fit one of the formats, and of few others: most text is ruled out by one search."""
    return re.compile("|".join(f"(?:{form.patterns[0] if form.patterns else '.*'})" for form in forms), re.ASCII)


def allowed_formats(options: FileOptions) -> AllowedFormats:
    """The formats that `options` allow. Raises Invalid `invalid-options`."""
    if options.decimal not in (None, ",", "."):
        raise Invalid("invalid-options", f"options.decimal is {options.decimal!r}; it must be ',' or '.'.")
    return AllowedFormats(
        date=date_forms.build_date_format(normalize_notation(options.date_format)) if options.date_format else None,
        numbers=number_forms.formats_with_decimal_sign(options.decimal) if options.decimal else NUMBER_FORMATS,
        nulls=NULL_WORDS if options.null_values is None else frozenset(options.null_values) - {""},
        null_everywhere=options.null_values is not None,
    )


def find_format(column_type: ColumnType, format: str | None) -> ValueFormat:
    """The format of a column type with this name; the canonical one if None. Raises Invalid `invalid-options`."""
    match column_type:
        case ColumnType.STRING:
            return TEXT
        case ColumnType.JSON:
            return JSON_FORMAT
        case ColumnType.INTEGER | ColumnType.DECIMAL:
            canonical: ValueFormat | None = INTEGER if column_type is ColumnType.INTEGER else DECIMAL
            form = canonical if format is None else number_forms.find_number_format(column_type, format)
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
        case unexpected:
            assert_never(unexpected)
    if form is None or form.type is not column_type:
        detail = f"{format!r} is not a format of {column_type.value} columns; use for example {example}."
        raise Invalid("invalid-options", detail)
    return form


def accepting_formats_of_type(allowed: AllowedFormats, column_type: ColumnType, text: str) -> tuple[ValueFormat, ...]:
    """The formats of a declared type that a value fits."""
    if column_type is ColumnType.BOOLEAN and ONE_ZERO_FORMAT.accepts(text):
        return (ONE_ZERO_FORMAT,)
    return tuple(form for form in allowed.formats_for(text) if form.type is column_type)


def matching_formats(values: Iterable[str]) -> tuple[ValueFormat, ...]:
    """The formats that all of `values` (none of them empty) fit, independent of any options."""
    texts = set(values)
    forms = DEFAULT_FORMATS.formats_for(next(iter(texts))) if texts else ()
    proven = (form for form in forms if len(texts) > 1 or not needs_both_words(form))
    return tuple(form for form in proven if all(map(form.accepts, texts)))


def narrow_format(form: ValueFormat, shortest: int, longest: int, negative: bool) -> ValueFormat:
    """Return an identifier format instead of `form` if its values are integers of equal length and long enough."""
    if form.type is not ColumnType.INTEGER or shortest != longest or negative:
        return form
    if form == INTEGER and shortest >= _MIN_IDENTIFIER_DIGITS:
        return identifier_format(shortest)
    mark = number_forms.number_separators(form)[0]
    return grouped_identifier_format(shortest, mark) if mark in _SPACES and shortest >= _MIN_PHONE_LENGTH else form


DEFAULT_FORMATS = AllowedFormats()
