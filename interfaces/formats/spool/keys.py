"""Find the rows of a spool without a usable key: it contains a null, or an earlier row has the same key."""

from collections.abc import Mapping, Sequence
from glob import escape
from typing import assert_never

from domain.columns import ColumnType
from interfaces.formats.duckdb_lines import connect_duckdb
from interfaces.formats.source import InputFile, KeyFault, ParsedColumn, ParsedTable
from interfaces.formats.spool.key_faults import check_no_json, plain_number_sql, query_key_faults
from interfaces.formats.spool.row_spool import RowSpool
from interfaces.formats.sql_literal import quote_literal

_MEGABYTES = 128
_STRING = r'"(?:[^"\\]|\\.)*"'
_NUMBER = "-?[0-9][0-9.eE+-]*"


def find_spool_key_faults(
    source: InputFile, table: ParsedTable, spool: RowSpool, key: Sequence[str]
) -> Mapping[int, KeyFault]:
    """Return the faults by row number. The first row with a key keeps it. Spills to the source's scratch folder.

    Decimal keys are compared by value: 1.5 and 1.50 are the same key. Numbers in the spool must be plain, without
    an exponent. Raises Invalid if there are too many faults, or if a column of the key has JSON values.
    """
    columns = [(at, column) for at, column in enumerate(table.columns) if column.name in key]
    if not columns or not spool.rows:
        return {}
    check_no_json(columns)
    parts = ", ".join(f"{_comparable_key(at, column)} as k{at}" for at, column in columns)
    longest = _longest_line(spool)
    with connect_duckdb(_MEGABYTES + 8 * longest // 2**20, source.scratch) as connection:
        relation = f"(select {parts} from {_lines_relation(spool, longest)})"  # noqa: S608
        return query_key_faults(connection, relation, columns, source.limits.rejects)


def _longest_line(spool: RowSpool) -> int:
    with spool.path.open("rb", buffering=1 << 20) as file:
        return max(map(len, file))


def _lines_relation(spool: RowSpool, longest: int) -> str:
    """The SQL relation of all lines, with one text column. JSON has no raw control characters, so U+001F, the
    delimiter, never occurs."""
    return (
        f"read_csv({quote_literal(escape(str(spool.path)))}, columns = {{'line': 'VARCHAR'}}, auto_detect = false, "
        f"header = false, delim = '\x1f', quote = '', escape = '', new_line = '\\n', compression = 'none', "
        f"max_line_size = {longest + 1}, buffer_size = {max(4 << 20, 2 * longest)})"
    )


def _comparable_key(at: int, column: ParsedColumn) -> str:
    """The SQL of a key's text, equal if the values are equal.

    DuckDB reads JSON decimals as floats. To keep their digits, all strings are emptied and all numbers are quoted.
    """
    match column.type:
        case ColumnType.DECIMAL:
            emptied = f"regexp_replace(line, {quote_literal(_STRING)}, '\"\"', 'g')"
            quoted = f"regexp_replace({emptied}, {quote_literal(_NUMBER)}, '\"\\0\"', 'g')"
            return plain_number_sql(f"({quoted}->>'$[{at}]')")
        case (
            ColumnType.STRING
            | ColumnType.INTEGER
            | ColumnType.BOOLEAN
            | ColumnType.DATE
            | ColumnType.DATETIME
            | ColumnType.JSON
        ):
            return f"line->>'$[{at}]'"
        case unexpected:
            assert_never(unexpected)
