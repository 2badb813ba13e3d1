"""Which records of a CSV file have no usable key: a null in it, or the key of an earlier record."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import duckdb

from domain.columns import ColumnType
from domain.errors import Invalid
from interfaces.files.csv_query import connected, source
from interfaces.files.source import MAX_REJECTS, FileColumn, KeyFault, Table


def key_faults(path: Path, table: Table, key: Sequence[str], *, scratch: Path) -> Mapping[int, KeyFault]:
    """Faults by record number; of records with one key the first is kept. Spills to `scratch`.

    Decimal keys are compared by value: 1.5 and 1.50 are one key. Raises Invalid if there are too many.
    """
    columns = [(at, column) for at, column in enumerate(table.columns) if column.name in key]
    if not columns:
        return {}
    relation = source(path, table.dialect, len(table.columns))
    parts = ", ".join(f"{_compared(at, column)} as k{at}" for at, column in columns)
    keys = f"(select row_number() over () - 1 as record, {parts} from {relation})"  # noqa: S608
    with connected(path, len(table.columns), scratch) as connection:
        if _is_clean(connection, keys, [at for at, _ in columns]):
            return {}
        return {fault.record: fault for fault in _faults(connection, keys, columns)}


def _is_clean(connection: duckdb.DuckDBPyConnection, keys: str, columns: Sequence[int]) -> bool:
    """Whether there are neither nulls nor, by their hashes, repeated keys: the usual case, and a cheap one."""
    hashed = f"hash({', '.join(f'k{at}' for at in columns)})"
    nulls = " or ".join(f"k{at} is null" for at in columns)
    query = f"select count(*), count(distinct {hashed}), count(*) filter (where {nulls}) from {keys}"  # noqa: S608
    total, distinct, missing = connection.execute(query).fetchone() or (0, 0, 0)
    return bool(total == distinct and not missing)


def _faults(
    connection: duckdb.DuckDBPyConnection, keys: str, columns: Sequence[tuple[int, FileColumn]]
) -> Iterator[KeyFault]:
    names = ", ".join(f"k{at}" for at, _ in columns)
    nulls = ", ".join(f"k{at} is null" for at, _ in columns)
    query = f"""
        select record, {nulls} from (
            select *, min(record) over (partition by {names}) as first from {keys}
        ) where record <> first or {nulls.replace(", ", " or ")}
        limit {MAX_REJECTS + 1}
        """  # noqa: S608
    found = connection.execute(query).fetchall()
    if len(found) > MAX_REJECTS:
        raise Invalid("too-many-rejects", f"More than {MAX_REJECTS:,} rows lack a key of their own.")
    whole = ", ".join(repr(column.name) for _, column in columns)
    for record, *missing in sorted(found):
        for (_, column), is_null in zip(columns, missing, strict=True):
            if is_null:
                yield KeyFault(record, column.name, f"the key column {column.name!r} is empty")
                break
        else:
            yield KeyFault(record, columns[0][1].name, f"an earlier row has the same key ({whole})")


def _compared(at: int, column: FileColumn) -> str:
    """A key's text, equal where the values are equal."""
    match column.type:
        case ColumnType.STRING:
            return f"c{at}"
        case ColumnType.DECIMAL:
            return f"if(contains(c{at}, '.'), rtrim(rtrim(c{at}, '0'), '.'), nullif(c{at}, ''))"
        case _:
            return f"nullif(c{at}, '')"
