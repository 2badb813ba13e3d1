"""Find the records of a CSV file without a usable key: it contains a null, or an earlier record has the same key."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import assert_never

from domain.columns import ColumnType
from interfaces.formats.csv.query import cell_json_sql, connect_for_csv, rows_fit_sql, table_sql
from interfaces.formats.csv.table import CsvTable
from interfaces.formats.source import KeyFault
from interfaces.formats.spool.key_faults import plain_number_sql, query_key_faults
from interfaces.formats.values.form import ValueFormat


def find_key_faults(table: CsvTable, key: Sequence[str], scratch: Path, limit: int) -> Mapping[int, KeyFault]:
    """Return the faults by record number. The first record with a key keeps it. Spills to the folder `scratch`.

    Records that do not fit a declared type are ignored: they are rejected anyway. Decimal keys are compared by
    value: 1.5 and 1.50 are the same key. Raises Invalid `too-many-rejects` if there are more than `limit` faults.
    """
    columns = [(at, column) for at, column in enumerate(table.columns) if column.name in key]
    if not columns:
        return {}
    parts = ", ".join(f"{_comparable_key(f'c{at}', table.forms[at])} as k{at}" for at, _ in columns)
    fits = rows_fit_sql(table.forms, table.enforced)
    keys = f"(select {parts}{f', {fits} as fits' if fits else ''} from {table_sql(table)})"  # noqa: S608
    with connect_for_csv(table.path, len(table.columns), scratch) as connection:
        return query_key_faults(connection, keys, columns, limit, only="fits" if fits else "")


def _comparable_key(column: str, form: ValueFormat) -> str:
    """The SQL of a key's text, equal if the values are equal."""
    match form.type:
        case ColumnType.STRING:
            return column
        case ColumnType.DECIMAL:
            return plain_number_sql(f"nullif({cell_json_sql(column, form)}, 'null')")
        case ColumnType.INTEGER | ColumnType.BOOLEAN | ColumnType.DATE | ColumnType.DATETIME | ColumnType.JSON:
            return f"nullif({cell_json_sql(column, form)}, 'null')"
        case unexpected:
            assert_never(unexpected)
