"""Build a record as JSON text in PostgreSQL, so that Python only passes the bytes on."""

from collections.abc import Sequence
from functools import lru_cache

from psycopg.sql import SQL, Composable, Composed, Literal

from domain import exact_json
from domain.columns import Column

MAX_ARGUMENTS = 90
"""PostgreSQL allows 100 arguments in a call. Wider rows are concatenated in calls of calls."""


@lru_cache(maxsize=512)
def values_json(columns: tuple[Column, ...]) -> SQL:
    """An SQL expression over `values`: a JSON object of these columns, numbers with all their digits."""
    parts: list[Composed] = []
    for number, column in enumerate(columns):
        parts.append(text_literal(("," if number else "{") + exact_json.dumps(column.name) + ":"))
        parts.append(SQL("coalesce((values->{})::text, 'null')").format(Literal(column.position)))
    parts.append(text_literal("}" if columns else "{}"))
    return concat_sql(parts)


@lru_cache(maxsize=512)
def record_json(columns: tuple[Column, ...]) -> SQL:
    """An SQL expression over `id`, `version` and `values`: a record in the format of the API."""
    template = """concat('{{"id":', id, ',"version":', version, ',"values":', {}, '}}')"""
    return SQL(SQL(template).format(values_json(columns)).as_string())


def concat_sql(parts: Sequence[Composable]) -> SQL:
    """An SQL expression that concatenates the texts of `parts`."""
    level = list(parts)
    while len(level) > MAX_ARGUMENTS:
        calls = [level[at : at + MAX_ARGUMENTS] for at in range(0, len(level), MAX_ARGUMENTS)]
        level = [SQL("concat({})").format(SQL(", ").join(call)) for call in calls]
    return SQL(SQL("concat({})").format(SQL(", ").join(level)).as_string())


def text_literal(piece: str) -> Composed:
    """A literal for a statement with parameters: per cent signs are doubled."""
    return SQL("{}").format(Literal(piece.replace("%", "%%")))
