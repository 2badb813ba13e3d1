"""Read the texts of a dataset's column as values of a type, with the same formats as those of a file.

DuckDB checks and converts the texts with the SQL of the formats, as when a CSV file is read.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import duckdb

from domain.columns import ColumnType
from domain.errors import Fault, Invalid
from domain.json_pointer import escape_pointer_token
from interfaces.formats.csv.query import value_fits_sql
from interfaces.formats.duckdb_lines import connect_duckdb
from interfaces.formats.values.form import ValueFormat
from interfaces.formats.values.forms import DEFAULT_FORMATS, accepting_formats_of_type, find_format
from interfaces.formats.values.numbers.number_forms import DECIMAL

_MEGABYTES = 128
_PROBED_TEXTS = 1_000

_TEXTS = "from (select unnest(?::varchar[]) as c)"
"""The texts of a block as the rows of a column `c`."""


@contextmanager
def open_text_reader(scratch: Path) -> Iterator["ColumnTextReader"]:
    """A reader that is closed when the block ends; DuckDB spills to the folder `scratch`."""
    with connect_duckdb(_MEGABYTES, scratch) as connection:
        yield ColumnTextReader(connection)


@dataclass(frozen=True, slots=True)
class ColumnTextReader:
    """Implements `application.columns.column_ports.TextReader`."""

    connection: duckdb.DuckDBPyConnection

    def find_format(self, column: str, type: ColumnType, blocks: Iterable[Sequence[str]]) -> str | None:
        remaining = iter(blocks)
        first = next((block for block in remaining if block), ())
        probes = list(dict.fromkeys(first))[:_PROBED_TEXTS]
        forms = _list_formats(accepting_formats_of_type(DEFAULT_FORMATS, type, text) for text in probes)
        rivals = _list_formats(DEFAULT_FORMATS.formats_for(text) for text in probes)
        pairs = [(form, rival) for form in forms for rival in rivals if DEFAULT_FORMATS.clash(form, rival)]
        counts, proofs = [0] * len(forms), [0] * len(pairs)
        for block in chain([first], remaining) if forms else ():
            found = self._count(block, forms, pairs)
            counts = [count + more for count, more in zip(counts, found, strict=False)]
            proofs = [proof + more for proof, more in zip(proofs, found[len(forms) :], strict=True)]
        doubts = [pair for pair, proof in zip(pairs, proofs, strict=True) if not proof]
        return _choose_format(column, sorted(zip(counts, forms, strict=True), key=lambda one: -one[0]), doubts)

    def read(self, type: ColumnType, format: str | None, texts: Sequence[str]) -> Sequence[str | None]:
        form = find_format(type, format)
        value = f"if(c <> '' and {value_fits_sql('c', form)}, {form.json.format(c='c')}, null)"
        rows = self.connection.execute(f"select {value} {_TEXTS}", [list(texts)]).fetchall()
        return [value for (value,) in rows]

    def describe(self, type: ColumnType, format: str | None) -> str:
        return find_format(type, format).title

    def _count(
        self, texts: Sequence[str], forms: Sequence[ValueFormat], pairs: Sequence[tuple[ValueFormat, ValueFormat]]
    ) -> Sequence[int]:
        """How many texts fit each format, and for each pair how many fit the first and not the second."""
        fits = [value_fits_sql("c", form) for form in forms]
        fits += [f"{value_fits_sql('c', one)} and not ({value_fits_sql('c', other)})" for one, other in pairs]
        counts = ", ".join(f"count(if({condition}, 1, null))" for condition in fits)
        row = self.connection.execute(f"select {counts} {_TEXTS}", [list(texts)]).fetchone()
        return row or ()


def _list_formats(found: Iterable[Sequence[ValueFormat]]) -> list[ValueFormat]:
    """The different formats, in the order of their first text."""
    return list(dict.fromkeys(chain.from_iterable(found)))


def _choose_format(
    column: str,
    counted: Sequence[tuple[int, ValueFormat]],
    doubts: Sequence[tuple[ValueFormat, ValueFormat]],
) -> str | None:
    """The first format that no rival reads differently. A decimal point is preferred to thousands separators.

    Raises Invalid `ambiguous-format`.
    """
    for _, form in counted:
        rivals = [rival for one, rival in doubts if one == form]
        if not rivals:
            return form.format
        if DECIMAL not in rivals:
            raise _ambiguous_format_error(column, form, rivals[0])
    return None


def _ambiguous_format_error(column: str, form: ValueFormat, rival: ValueFormat) -> Invalid:
    detail = f"all values of column {column!r} may be {form.title} or {rival.title}; give the column's format"
    pointer = f"/columns/{escape_pointer_token(column)}/format"
    return Invalid("ambiguous-format", detail, (Fault(pointer, "ambiguous-format", detail),))
