"""Which rows of a spool have no usable key: a null in it, or the key of an earlier row."""

from collections.abc import Mapping, Sequence
from glob import escape

from domain.columns import ColumnType
from interfaces.formats.duckdb_lines import bounded
from interfaces.formats.source import FileColumn, KeyFault, Source, Table
from interfaces.formats.spool.key_faults import check_no_json, found_faults, number_text
from interfaces.formats.spool.row_spool import Spool
from interfaces.formats.sql_literal import literal

_MEGABYTES = 128
_STRING = r'"(?:[^"\\]|\\.)*"'
_NUMBER = "-?[0-9][0-9.eE+-]*"


def key_faults(source: Source, table: Table, spool: Spool, key: Sequence[str]) -> Mapping[int, KeyFault]:
    """Faults by row number of the spool; of rows with one key the first is kept. Spills to the scratch folder.

    Decimal keys are compared by value: 1.5 and 1.50 are one key. The spool's numbers must be plain, without an
    exponent. Raises Invalid if there are too many, or if a column of the key has JSON values.
    """
    columns = [(at, column) for at, column in enumerate(table.columns) if column.name in key]
    if not columns or not spool.rows:
        return {}
    check_no_json(columns)
    parts = ", ".join(f"{_compared(at, column)} as k{at}" for at, column in columns)
    longest = _longest_line(spool)
    with bounded(_MEGABYTES + 8 * longest // 2**20, source.scratch) as connection:
        relation = f"(select {parts} from {_lines(spool, longest)})"  # noqa: S608
        return found_faults(connection, relation, columns, source.limits.rejects)


def _longest_line(spool: Spool) -> int:
    with spool.path.open("rb", buffering=1 << 20) as file:
        return max(map(len, file))


def _lines(spool: Spool, longest: int) -> str:
    """The relation of all lines: one column of text. JSON has no raw control characters, so none separates."""
    return (
        f"read_csv({literal(escape(str(spool.path)))}, columns = {{'line': 'VARCHAR'}}, auto_detect = false, "
        f"header = false, delim = '\x1f', quote = '', escape = '', new_line = '\\n', compression = 'none', "
        f"max_line_size = {longest + 1}, buffer_size = {max(4 << 20, 2 * longest)})"
    )


def _compared(at: int, column: FileColumn) -> str:
    """A key's text, equal where the values are equal.

    DuckDB makes floats of JSON's decimals; so strings are emptied and then every number is made a string.
    """
    match column.type:
        case ColumnType.DECIMAL:
            emptied = f"regexp_replace(line, {literal(_STRING)}, '\"\"', 'g')"
            quoted = f"regexp_replace({emptied}, {literal(_NUMBER)}, '\"\\0\"', 'g')"
            return number_text(f"({quoted}->>'$[{at}]')")
        case _:
            return f"line->>'$[{at}]'"
