"""Find the formats that values fit, given the client's options: the date format, the decimal sign, the null words.

To support a new value format, add it to `boolean_forms`, `number_forms` or `date_shapes`.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import assert_never

from application.imports.file_format import FileOptions
from domain.columns import ColumnType
from domain.errors import Invalid
from interfaces.formats.values.boolean_forms import (
    BOOLEAN_FORMATS,
    BOOLEAN_FORMATS_BY_WORD,
    ONE_ZERO_FORMAT,
    find_boolean_format,
    needs_both_words,
)
from interfaces.formats.values.dates import date_forms
from interfaces.formats.values.dates.date_notation import normalize_notation
from interfaces.formats.values.form import (
    TEXT,
    ValueFormat,
    either_format,
    grouped_identifier_format,
    identifier_format,
)
from interfaces.formats.values.json_form import JSON_FORMAT
from interfaces.formats.values.notation_proof import NotationProof, form_reading
from interfaces.formats.values.nulls import NULL_WORDS
from interfaces.formats.values.numbers import number_forms
from interfaces.formats.values.numbers.number_forms import (
    DECIMAL,
    EXPONENT_CODES,
    INTEGER,
    NUMBER_FORMATS,
    SCIENTIFIC,
)
from interfaces.formats.values.numbers.number_notation import SPACES
from interfaces.formats.values.numbers.signed_numbers import find_number_format, signed_formats

_MIN_IDENTIFIER_DIGITS = 16
_MIN_PHONE_LENGTH = 11


@dataclass(frozen=True, slots=True)
class AllowedFormats:
    """The formats that the values of a file may have. `date` is the date format in the options.

    `nulls` are read as null: in every column if `null_everywhere`, else in columns that are not text. `proof` is what
    other columns of the file prove, `known` the format that the dataset remembers for the column. `doubts_points`:
    a point before three digits is not taken for a decimal sign without a proof. `trims`: blanks around all values of
    a column are left out where that gives it a type. `is_canonical`: the file says that its numbers are canonical.
    """

    date: ValueFormat | None = None
    numbers: tuple[ValueFormat, ...] = NUMBER_FORMATS
    nulls: frozenset[str] = NULL_WORDS
    null_everywhere: bool = False
    proof: NotationProof = field(default_factory=NotationProof)
    known: ValueFormat | None = None
    doubts_points: bool = False
    trims: bool = True
    is_canonical: bool = False

    def formats_for(self, text: str) -> tuple[ValueFormat, ...]:
        """Every format except text that a value fits, the most likely first."""
        requested = (self.date,) if self.date and self.date.accepts(text) else ()
        booleans = BOOLEAN_FORMATS_BY_WORD.get(text, ())
        is_number = _may_fit_any(self.numbers).fullmatch(text)
        numbers = [form for form in self.numbers if form.accepts(text)] if is_number else ()
        return tuple(dict.fromkeys((*requested, *booleans, *numbers, *date_forms.candidate_date_formats(text))))

    def formats_of_type(self, column_type: ColumnType, text: str) -> tuple[ValueFormat, ...]:
        """The formats of a type that a value fits."""
        return tuple(form for form in self.formats_for(text) if form.type is column_type)

    def clash(self, one: ValueFormat, other: ValueFormat) -> bool:
        """Whether a value that fits both formats may have two meanings."""
        if one.is_number and other.is_number:
            return number_forms.separators_clash(one, other)
        return one != self.date and date_forms.day_month_clash(one, other)

    def choose(self, one: ValueFormat, other: ValueFormat) -> ValueFormat | None:
        """Which of two formats that clash is right: by the options, the file, its columns, the dataset, or habit.

        None: nothing decides.
        """
        for decides in (self._is_requested, self._is_said, self._is_proven, self._is_known, self._is_usual):
            if decides(one) != decides(other):
                return one if decides(one) else other
        return None

    def _is_requested(self, form: ValueFormat) -> bool:
        """Whether the date format in the options has day and month in the same order."""
        return (
            self.date is not None and date_forms.is_day_first(form) == date_forms.is_day_first(self.date) is not None
        )

    def _is_said(self, form: ValueFormat) -> bool:
        return self.is_canonical and form == DECIMAL

    def _is_proven(self, form: ValueFormat) -> bool:
        is_remembered = self.known is not None and form_reading(self.known) is not None
        return self.proof.supports(form) and not (self.proof.is_remembered and is_remembered)

    def _is_known(self, form: ValueFormat) -> bool:
        """Whether the dataset remembers the same order of day and month, or the same separators of numbers."""
        if self.known is None or form_reading(form) != form_reading(self.known):
            return False
        return not form.is_number or number_forms.has_no_other_groups(form, self.known)

    def _is_usual(self, form: ValueFormat) -> bool:
        return form == DECIMAL and not self.doubts_points and not self.proof.contradicts(form)


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
        trims=options.trim is None,
    )


def allow_known_format(allowed: AllowedFormats, name: str, options: FileOptions) -> AllowedFormats:
    """`allowed` with the format that the dataset remembers for this column, if the column still can have it, and with
    its text for null."""
    known = options.known_formats.get(name)
    if known is not None and known.null_text is not None and known.type is not ColumnType.STRING:
        allowed = replace(allowed, nulls=allowed.nulls | {known.null_text})
    return replace(allowed, known=find_known_format(name, options))


def find_known_format(name: str, options: FileOptions) -> ValueFormat | None:
    """The format that the dataset remembers for this column."""
    known = options.known_formats.get(name)
    try:
        return find_format(known.type, known.format) if known is not None else None
    except Invalid:  # what an earlier release remembered, or what the column had before its type changed
        return None


def find_format(column_type: ColumnType, format: str | None) -> ValueFormat:
    """The format of a column type with this name; the canonical one if None. Raises Invalid `invalid-options`."""
    match column_type:
        case ColumnType.STRING:
            return TEXT
        case ColumnType.JSON:
            return JSON_FORMAT
        case ColumnType.INTEGER | ColumnType.DECIMAL:
            canonical: ValueFormat | None = INTEGER if column_type is ColumnType.INTEGER else DECIMAL
            form = canonical if format is None else find_number_format(column_type, format)
            example = "1,234 or $1,234" if column_type is ColumnType.INTEGER else "1.234,56, $1,234.56 or 1.5%"
        case ColumnType.BOOLEAN:
            form, example = (find_boolean_format(format) if format else BOOLEAN_FORMATS[0]), "yes/no or x/"
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


def mixed_formats(allowed: AllowedFormats, column_type: ColumnType) -> tuple[ValueFormat, ...]:
    """The format of dates and times of which some are canonical: an export writes so what a notation cannot express,
    and times with and without an offset."""
    match column_type:
        case ColumnType.DATE:
            canonical: tuple[ValueFormat, ...] = (date_forms.build_date_format(date_forms.CANONICAL_DATE),)
        case ColumnType.DATETIME:
            canonical = tuple(map(date_forms.build_date_format, date_forms.CANONICAL_TIMES))
        case _:
            return ()
    known = allowed.known if allowed.known and allowed.known.type is column_type else canonical[0]
    others = tuple(form for form in canonical if form != known)
    return (either_format(known, others),) if others else ()


def accepting_formats_of_type(allowed: AllowedFormats, column_type: ColumnType, text: str) -> tuple[ValueFormat, ...]:
    """The formats of a declared type that a value fits; signed numbers only if it is not a plain number.

    The first is the one that the dataset remembers: it can be a pair of words or a date that is not guessed.
    """
    known = allowed.known
    if known is not None and known.type is column_type and not known.is_number and known.accepts(text):
        return tuple(dict.fromkeys((known, *allowed.formats_of_type(column_type, text))))
    if column_type is ColumnType.BOOLEAN and ONE_ZERO_FORMAT.accepts(text):
        return (ONE_ZERO_FORMAT,)
    forms = allowed.formats_of_type(column_type, text)
    return forms or signed_formats(column_type, text, allowed.numbers)


def matching_formats(values: Iterable[str]) -> tuple[ValueFormat, ...]:
    """The formats that all of `values` (none of them empty) fit, independent of any options."""
    texts = set(values)
    forms = DEFAULT_FORMATS.formats_for(next(iter(texts))) if texts else ()
    proven = (form for form in forms if _is_proven(form, texts))
    return tuple(form for form in proven if all(map(form.accepts, texts)))


def _is_proven(form: ValueFormat, texts: Collection[str]) -> bool:
    """Whether the values could not be codes or other words that happen to fit the format."""
    if form == SCIENTIFIC:
        return not all(map(EXPONENT_CODES.accepts, texts))
    return len(texts) > 1 or not needs_both_words(form)


def narrow_format(form: ValueFormat, shortest: int, longest: int, negative: bool) -> ValueFormat:
    """Return an identifier format instead of `form` if its values are integers of equal length and long enough."""
    if form.type is not ColumnType.INTEGER or shortest != longest or negative:
        return form
    if form == INTEGER and shortest >= _MIN_IDENTIFIER_DIGITS:
        return identifier_format(shortest)
    mark = number_forms.number_separators(form)[0]
    is_phone = bool(mark) and mark in SPACES and shortest >= _MIN_PHONE_LENGTH
    return grouped_identifier_format(shortest, mark) if is_phone else form


DEFAULT_FORMATS = AllowedFormats()
