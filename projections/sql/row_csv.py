"""Build a record as a line of CSV (RFC 4180) in PostgreSQL. A null is an empty cell, an empty string is `""`."""

from psycopg.sql import SQL, Composable, Composed, Literal

from domain.columns import Column, ColumnType
from projections.sql.row_json import concat_sql

_QUOTED = SQL("""'"' || replace(values->>{}, '"', '""') || '"'""")
_PLAIN = SQL("values->>{}")


def values_csv(columns: tuple[Column, ...]) -> Composable:
    """An SQL expression over `values`: the cells of these columns, with quotes around texts."""
    parts: list[Composed] = []
    for number, column in enumerate(columns):
        cell = _QUOTED if column.type in (ColumnType.STRING, ColumnType.JSON) else _PLAIN
        parts += [SQL("','").format()] if number else []
        parts.append(cell.format(Literal(column.position)))
    return concat_sql(parts)


def header_csv(columns: tuple[Column, ...]) -> str:
    """The header line with the names of the columns, without a line break."""
    return ",".join([quote_cell(column.name) for column in columns])


def quote_cell(text: str, delimiter: str = ",") -> str:
    """A cell of text, in quotes if it needs them. (U+FEFF at the beginning of a file would be a byte order mark.)"""
    plain = not text.startswith("\ufeff") and not any(sign in text for sign in (delimiter, '"', "\n", "\r"))
    return text if plain else '"' + text.replace('"', '""') + '"'
