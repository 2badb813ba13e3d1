"""The forms a value may have, and what the sender says about them: the notation of dates, the decimal sign, nulls.

A new way of writing is one more line in `boolean_forms`, `number_forms` or `date_shapes`.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from application.imports.file_format import Options
from domain.columns import ColumnType
from domain.errors import Invalid
from interfaces.formats.values import date_forms, number_forms
from interfaces.formats.values.boolean_forms import BOOLEANS, ONE_ZERO, SPELLINGS, needs_both
from interfaces.formats.values.date_notation import normal
from interfaces.formats.values.form import TEXT, Form, grouped_identifier, identifier
from interfaces.formats.values.json_form import JSON
from interfaces.formats.values.nulls import NULL_WORDS
from interfaces.formats.values.number_forms import DECIMAL, INTEGER, NUMBERS

_IDENTIFIER_DIGITS = 16
_TELEPHONE_LENGTH = 11
_BLANKS = (" ", "\u00a0", "\u202f")


@dataclass(frozen=True, slots=True)
class Ways:
    """The ways of writing that a file may use. `date` is the one the sender named.

    `nulls` stand for null: in every column if `null_everywhere`, else in those that are not text.
    """

    date: Form | None = None
    numbers: tuple[Form, ...] = NUMBERS
    nulls: frozenset[str] = NULL_WORDS
    null_everywhere: bool = False

    def accepting(self, text: str) -> tuple[Form, ...]:
        """Every form but text that a value may have, the likelier before the less likely."""
        asked = (self.date,) if self.date and self.date.accepts(text) else ()
        simple = (form for form in (*BOOLEANS, *self.numbers) if form.accepts(text))
        return tuple(dict.fromkeys((*asked, *simple, *date_forms.candidates(text))))

    def clash(self, one: Form, other: Form) -> bool:
        """Whether a value that fits both might mean two things."""
        if one.is_number and other.is_number:
            return one != DECIMAL and number_forms.clash(one, other)
        return one != self.date and date_forms.clash(one, other)

    def prefers(self, form: Form) -> bool:
        """Whether the sender's notation has day and month in this order."""
        return self.date is not None and date_forms.day_first(form) == date_forms.day_first(self.date) is not None


def ways_of(options: Options) -> Ways:
    """What the sender says. Raises Invalid `invalid-options`."""
    if options.decimal not in (None, ",", "."):
        raise Invalid("invalid-options", f"'decimal' is {options.decimal!r}; ',' or '.' may stand before decimals.")
    return Ways(
        date=date_forms.dated(normal(options.date_format)) if options.date_format else None,
        numbers=number_forms.with_point(options.decimal) if options.decimal else NUMBERS,
        nulls=NULL_WORDS if options.null_values is None else frozenset(options.null_values) - {""},
        null_everywhere=options.null_values is not None,
    )


def form_of(column_type: ColumnType, format: str | None) -> Form:
    """The form of that type with this format; the canonical one without. Raises Invalid `invalid-options`."""
    match column_type:
        case ColumnType.STRING:
            return TEXT
        case ColumnType.JSON:
            return JSON
        case ColumnType.INTEGER | ColumnType.DECIMAL:
            canonical: Form | None = INTEGER if column_type is ColumnType.INTEGER else DECIMAL
            form = canonical if format is None else number_forms.FORMATS.get(format)
            example = "1,234 or 1.234,56"
        case ColumnType.BOOLEAN:
            form, example = (SPELLINGS.get(format) if format else BOOLEANS[0]), "yes/no"
        case ColumnType.DATE:
            form, example = date_forms.dated(normal(format or date_forms.CANONICAL_DATE)), "DD.MM.YYYY"
        case ColumnType.DATETIME:
            form, example = date_forms.dated(normal(format or date_forms.CANONICAL_TIMES[0])), "DD.MM.YYYY hh:mm"
    if form is None or form.type is not column_type:
        detail = f"{format!r} is no format of {column_type.value} columns; say for instance {example}."
        raise Invalid("invalid-options", detail)
    return form


def of_type(ways: Ways, column_type: ColumnType, text: str) -> tuple[Form, ...]:
    """The forms of a type that was said beforehand, for one value."""
    if column_type is ColumnType.BOOLEAN and ONE_ZERO.accepts(text):
        return (ONE_ZERO,)
    return tuple(form for form in ways.accepting(text) if form.type is column_type)


def matching(values: Iterable[str]) -> tuple[Form, ...]:
    """The forms that all of `values` (none of them empty) prove, whatever the sender says."""
    texts = set(values)
    forms = DEFAULT.accepting(next(iter(texts))) if texts else ()
    proven = (form for form in forms if len(texts) > 1 or not needs_both(form))
    return tuple(form for form in proven if all(map(form.accepts, texts)))


def narrowed(form: Form, shortest: int, longest: int, negative: bool) -> Form:
    """`form` for integers of `shortest` to `longest` characters: identifiers if all are equally long."""
    if form.type is not ColumnType.INTEGER or shortest != longest or negative:
        return form
    if form == INTEGER and shortest >= _IDENTIFIER_DIGITS:
        return identifier(shortest)
    mark = number_forms.marks(form)[0]
    return grouped_identifier(shortest, mark) if mark in _BLANKS and shortest >= _TELEPHONE_LENGTH else form


DEFAULT = Ways()
