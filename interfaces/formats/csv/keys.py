"""Which records of a CSV file have no usable key: a null in it, or the key of an earlier record."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from domain.columns import ColumnType
from interfaces.formats.csv.query import (
    connect_for_csv,
    records_sql,
    rows_fit_sql,
    with_nulls_sql,
)
from interfaces.formats.csv.table import CsvTable
from interfaces.formats.source import KeyFault
from interfaces.formats.spool.key_faults import plain_number_sql, query_key_faults
from interfaces.formats.values.form import ValueFormat


def find_key_faults(table: CsvTable, key: Sequence[str], scratch: Path, limit: int) -> Mapping[int, KeyFault]:
    """Faults by record number; of records with one key the first is kept. Spills to `scratch`.

    Records that break a type said beforehand have no claim to a key, and no fault here: they are rejects anyway.
    Decimal keys are compared by value: 1.5 and 1.50 are one key. Raises Invalid if there are more than `limit`.
    """
    columns = [(at, column) for at, column in enumerate(table.columns) if column.name in key]
    if not columns:
        return {}
    relation = with_nulls_sql(
        records_sql(table.path, table.dialect, len(table.columns)), [form.nulls for form in table.forms]
    )
    parts = ", ".join(f"{_comparable_key(f'c{at}', table.forms[at])} as k{at}" for at, _ in columns)
    fits = rows_fit_sql(table.forms, table.forced)
    keys = f"(select {parts}{f', {fits} as fits' if fits else ''} from {relation})"  # noqa: S608
    with connect_for_csv(table.path, len(table.columns), scratch) as connection:
        return query_key_faults(connection, keys, columns, limit, only="fits" if fits else "")


def _comparable_key(column: str, form: ValueFormat) -> str:
    """A key's text, equal where the values are equal."""
    match form.type:
        case ColumnType.STRING:
            return column
        case ColumnType.DECIMAL:
            return plain_number_sql(form.json.format(c=column))
        case _:
            return f"nullif({column}, '')"
