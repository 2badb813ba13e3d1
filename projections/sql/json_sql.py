"""Build JSON text in PostgreSQL: objects with any number of members; values are text, numbers or null."""

from collections.abc import Sequence

from psycopg.sql import SQL, Composable, Literal

from domain import exact_json
from domain.columns import ColumnType

_NUMBERS = (ColumnType.INTEGER, ColumnType.DECIMAL, ColumnType.BOOLEAN)


def value_json(value: Composable, type: ColumnType) -> Composable:
    """A SQL value as JSON text: numbers with all their digits, `null` for null."""
    template = "coalesce(({})::text, 'null')" if type in _NUMBERS else "coalesce(to_json({})::text, 'null')"
    return SQL(template).format(value)


def object_json(members: Sequence[tuple[str, Composable]]) -> Composable:
    """An object with these names and JSON texts. Per cent signs are doubled, as a statement with parameters needs."""
    names = [exact_json.dumps(name).replace("%", "%%") + ":" for name, _ in members]
    parts = [SQL("{} || {}").format(Literal(name), text) for name, (_, text) in zip(names, members, strict=True)]
    return SQL("concat('{{', array_to_string(ARRAY[{}]::text[], ','), '}}')").format(SQL(", ").join(parts))
