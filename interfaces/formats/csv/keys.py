"""Which records of a CSV file have no usable key: a null in it, or the key of an earlier record."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from domain.columns import ColumnType
from interfaces.formats.csv.query import connected, fitting, nulled, source
from interfaces.formats.csv.table import CsvTable
from interfaces.formats.source import KeyFault
from interfaces.formats.spool.key_faults import found_faults, number_text
from interfaces.formats.values.form import Form


def key_faults(table: CsvTable, key: Sequence[str], scratch: Path, limit: int) -> Mapping[int, KeyFault]:
    """Faults by record number; of records with one key the first is kept. Spills to `scratch`.

    Records that break a type said beforehand have no claim to a key, and no fault here: they are rejects anyway.
    Decimal keys are compared by value: 1.5 and 1.50 are one key. Raises Invalid if there are more than `limit`.
    """
    columns = [(at, column) for at, column in enumerate(table.columns) if column.name in key]
    if not columns:
        return {}
    relation = nulled(source(table.path, table.dialect, len(table.columns)), [form.nulls for form in table.forms])
    parts = ", ".join(f"{_compared(f'c{at}', table.forms[at])} as k{at}" for at, _ in columns)
    fits = fitting(table.forms, table.forced)
    keys = f"(select {parts}{f', {fits} as fits' if fits else ''} from {relation})"  # noqa: S608
    with connected(table.path, len(table.columns), scratch) as connection:
        return found_faults(connection, keys, columns, limit, only="fits" if fits else "")


def _compared(column: str, form: Form) -> str:
    """A key's text, equal where the values are equal."""
    match form.type:
        case ColumnType.STRING:
            return column
        case ColumnType.DECIMAL:
            return number_text(form.json.format(c=column))
        case _:
            return f"nullif({column}, '')"
