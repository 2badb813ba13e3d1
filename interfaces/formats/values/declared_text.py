"""Reads a single text as a value of a declared type, for files whose values have types: workbooks and JSON.

Their numbers are written with a decimal point, unless the format or the options say otherwise.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from application.imports.file_format import RequestedType
from domain.columns import ColumnType
from interfaces.formats.values.boolean_forms import BOOLEAN_WORDS
from interfaces.formats.values.dates.date_reading import canonical_date
from interfaces.formats.values.form import ValueFormat
from interfaces.formats.values.forms import find_format
from interfaces.formats.values.numbers.number_forms import (
    NUMBER_FORMATS,
    decimal_sign,
    formats_with_decimal_sign,
    number_separators,
)
from interfaces.formats.values.numbers.number_sql import canonical_number
from interfaces.formats.values.numbers.signed_numbers import SignedNumberFormat, signed_formats, tolerant_variant

TextReader = Callable[[str], str | None]
"""Returns the canonical JSON of a value; None if the text has no such value, or two."""


def declared_text_reader(requested: RequestedType, decimal: str | None) -> TextReader | None:
    """The reader of texts in a column of a declared type; None if its texts are not converted.

    Raises Invalid `invalid-options` if the type has no such format.
    """
    match requested.type:
        case ColumnType.INTEGER | ColumnType.DECIMAL:
            return _NumberReader(requested, decimal).read
        case ColumnType.BOOLEAN:
            return _BooleanReader(find_format(requested.type, requested.format) if requested.format else None).read
        case ColumnType.DATE | ColumnType.DATETIME if requested.format:
            return _DateReader(find_format(requested.type, requested.format)).read
        case ColumnType.STRING | ColumnType.DATE | ColumnType.DATETIME | ColumnType.JSON:
            return None


@dataclass(slots=True)
class _NumberReader:
    """Reads numbers of one currency: the first that occurs."""

    requested: RequestedType
    decimal: str | None
    _named: tuple[ValueFormat, ...] = ()
    _currency: str | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if self.requested.format is not None:
            form = find_format(self.requested.type, self.requested.format)
            self._named = (form, tolerant_variant(form))

    def read(self, text: str) -> str | None:
        forms = [form for form in self._named or self._candidates(text) if form.accepts(text)]
        readings = {_canonical(form, text) for form in forms}
        currency = next((word for form in forms if isinstance(form, SignedNumberFormat) for word in form.words), "%")
        sign = self.decimal or "."
        if len(readings) != 1 or (not self._named and not any(decimal_sign(form) in ("", sign) for form in forms)):
            return None
        if currency != "%":
            self._currency = self._currency or currency
            if self._currency != currency:
                return None
        return readings.pop()

    def _candidates(self, text: str) -> tuple[ValueFormat, ...]:
        numbers = NUMBER_FORMATS if self.decimal is None else formats_with_decimal_sign(self.decimal)
        plain = tuple(form for form in numbers if form.type is self.requested.type and form.accepts(text))
        canonical = tuple(form for form in plain if form.format is None)
        return canonical or plain or signed_formats(self.requested.type, text, numbers)


@dataclass(frozen=True, slots=True)
class _BooleanReader:
    """Reads the words of a named pair, or those of all languages."""

    form: ValueFormat | None

    def read(self, text: str) -> str | None:
        if self.form is None:
            word = BOOLEAN_WORDS.get(text.lower())
        else:
            word = text == (self.form.format or "true/false").partition("/")[0] if self.form.accepts(text) else None
        return None if word is None else "true" if word else "false"


@dataclass(frozen=True, slots=True)
class _DateReader:
    """Reads dates or times of a named format."""

    form: ValueFormat

    def read(self, text: str) -> str | None:
        if not self.form.accepts(text):
            return None
        return f'"{canonical_date(text, self.form.format) if self.form.format else text}"'


def _canonical(form: ValueFormat, text: str) -> str:
    if isinstance(form, SignedNumberFormat):
        return form.canonical(text)
    return canonical_number(text, number_separators(form)[1], ())
