"""What the columns of a file prove about its way of writing numbers and dates.

A file has one way: `1.234,50` in one column proves that the comma is the decimal sign, so `1.000` in another is a
thousand. `31/12/2024` proves that the day comes first in all dates with slashes. The exception is an export in the
notations of its columns, which may differ: if all columns are read as the dataset remembers them, they prove nothing
about others that it remembers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from interfaces.formats.values.dates.date_forms import date_order
from interfaces.formats.values.form import ValueFormat
from interfaces.formats.values.numbers.number_forms import decimal_sign
from interfaces.formats.values.numbers.number_notation import OTHER_SIGN

Reading = tuple[str, bool] | str
"""A way of reading values: the decimal sign, or a date's separator and whether the day comes first."""


@dataclass(frozen=True, slots=True)
class NotationProof:
    """The first column that proves each way of reading. `is_remembered`: the dataset remembers these ways of all the
    columns that prove one."""

    columns: Mapping[Reading, str] = field(default_factory=dict)
    is_remembered: bool = False

    def supports(self, form: ValueFormat) -> bool:
        """Whether some column is read like `form`, and no column is read the other way."""
        return form_reading(form) in self.columns and not self.contradicts(form)

    def contradicts(self, form: ValueFormat) -> bool:
        """Whether some columns are read one way and some the other, so that they prove nothing about `form`."""
        reading = form_reading(form)
        return reading is not None and {reading, _opposite(reading)} <= self.columns.keys()

    def find_column(self, form: ValueFormat) -> str | None:
        """The column that proves that values are read like `form`."""
        reading = form_reading(form)
        return None if reading is None else self.columns.get(reading)


def collect_proof(columns: Iterable[tuple[str, ValueFormat, ValueFormat | None]]) -> NotationProof:
    """The proof of columns, by name, whose values can be read in one way only: with this format. The last format is
    what the dataset remembers of the column."""
    found: dict[Reading, str] = {}
    is_remembered = True
    for name, form, known in columns:
        if (reading := form_reading(form)) is not None:
            found.setdefault(reading, name)
            is_remembered = is_remembered and known is not None and form_reading(known) == reading
    return NotationProof(found, is_remembered)


def form_reading(form: ValueFormat) -> Reading | None:
    """The way in which a format reads values; None if all formats of its kind read them like this."""
    if form.is_number:
        return decimal_sign(form) or None
    return date_order(form)


def _opposite(reading: Reading) -> Reading:
    if isinstance(reading, str):
        return OTHER_SIGN[reading]
    separator, day_first = reading
    return separator, not day_first
