"""Find the records without a usable key: it contains a null, or an earlier record has the same key.

One SQL query serves all formats.
"""

from collections.abc import Iterator, Mapping, Sequence

import duckdb

from application.imports.file_format import limit_setting
from domain.columns import ColumnType
from domain.errors import Fault, Invalid
from interfaces.formats.source import KeyFault, ParsedColumn

KeyColumns = Sequence[tuple[int, ParsedColumn]]
"""The key's columns, each with its index in the table."""


def query_key_faults(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    columns: KeyColumns,
    limit: int,
    only: str = "",
) -> Mapping[int, KeyFault]:
    """Return the faults by record number. The first record with a key keeps it; later ones are faults.

    `relation` has the records in order, with their keys as text columns k0, k1, … (by the columns' indexes) that are
    equal if the values are equal. `only` names a boolean column of it: records where it is false are ignored.
    Raises Invalid `too-many-rejects` if there are more than `limit` faults.
    """
    keys = f"(select row_number() over () - 1 as record, * from {relation})"  # noqa: S608
    if only:
        keys = f"(from {keys} where {only})"
    if _has_no_faults(connection, keys, [at for at, _ in columns]):
        return {}
    return {fault.record: fault for fault in _fetch_faults(connection, keys, columns, limit)}


def check_no_json(columns: KeyColumns) -> None:
    """Raise Invalid `json-key` if a column of the key has JSON values, which cannot be compared."""
    for _, column in columns:
        if column.type is ColumnType.JSON:
            detail = f"The key column {column.name!r} has JSON values; a key must consist of plain values."
            raise Invalid("json-key", detail, (Fault("key", "json-key", detail),))


def plain_number_sql(text: str) -> str:
    """The SQL of a plain number's text without insignificant zeros."""
    trimmed = f"if(contains({text}, '.'), rtrim(rtrim({text}, '0'), '.'), nullif({text}, ''))"
    return f"if({text} similar to '-0(\\.0*)?', '0', {trimmed})"


def _has_no_faults(connection: duckdb.DuckDBPyConnection, keys: str, columns: Sequence[int]) -> bool:
    """Whether no key is null or, by its hash, repeated: a cheap check for the usual case."""
    hashed = f"hash({', '.join(f'k{at}' for at in columns)})"
    nulls = " or ".join(f"k{at} is null" for at in columns)
    query = f"select count(*), count(distinct {hashed}), count(*) filter (where {nulls}) from {keys}"  # noqa: S608
    total, distinct, missing = connection.execute(query).fetchone() or (0, 0, 0)
    return bool(total == distinct and not missing)


def _fetch_faults(
    connection: duckdb.DuckDBPyConnection, keys: str, columns: KeyColumns, limit: int
) -> Iterator[KeyFault]:
    names = ", ".join(f"k{at}" for at, _ in columns)
    nulls = ", ".join(f"k{at} is null" for at, _ in columns)
    query = f"""
        select record, {nulls} from (
            select *, min(record) over (partition by {names}) as first from {keys}
        ) where record <> first or {nulls.replace(", ", " or ")}
        limit {limit + 1}
        """  # noqa: S608
    found = connection.execute(query).fetchall()
    if len(found) > limit:
        detail = f"More than {limit:,} rows have no unique key ({limit_setting('rejects')})."
        raise Invalid("too-many-rejects", detail)
    whole = ", ".join(repr(column.name) for _, column in columns)
    for record, *missing in sorted(found):
        for (_, column), is_null in zip(columns, missing, strict=True):
            if is_null:
                yield KeyFault(record, column.name, f"the key column {column.name!r} is empty")
                break
        else:
            yield KeyFault(record, columns[0][1].name, f"an earlier row has the same key ({whole})")
