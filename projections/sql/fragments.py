"""SQL fragments that carry their parameters, so that they can be combined in any order."""

from dataclasses import dataclass
from functools import cache
from string import Formatter
from typing import LiteralString

from psycopg import sql


@dataclass(frozen=True, slots=True)
class SqlFragment:
    """SQL text and the values of its placeholders, in order."""

    text: sql.Composable
    params: tuple[object, ...] = ()


NO_CONDITION = SqlFragment(sql.SQL("true"))


def fill_template(template: LiteralString, *parts: SqlFragment) -> SqlFragment:
    """`template` with its `{0}`, `{1}` replaced by `parts`. A part may be used more than once."""
    texts: list[sql.Composable] = []
    params: list[object] = []
    for literal, part_number in _split_template(template):
        if literal is not None:
            texts.append(literal)
        if part_number is not None:
            texts.append(parts[part_number].text)
            params.extend(parts[part_number].params)
    return SqlFragment(sql.Composed(texts), tuple(params))


def join_fragments(glue: LiteralString, parts: list[SqlFragment]) -> SqlFragment:
    """`parts` with `glue` between them."""
    text = sql.SQL(glue).join(part.text for part in parts)
    return SqlFragment(text, tuple(param for part in parts for param in part.params))


def bind_value(template: LiteralString, value: object) -> SqlFragment:
    """`template` with one placeholder for `value`: `bound("{}::text", name)`."""
    return SqlFragment(_with_placeholder(template), (value,))


@cache
def _split_template(template: LiteralString) -> tuple[tuple[sql.SQL | None, int | None], ...]:
    """A template as pairs of literal SQL and the number of the part that follows. There are few different
    templates."""
    return tuple(
        (sql.SQL(literal) if literal else None, None if name is None else int(name))
        for literal, name, _, _ in Formatter().parse(template)
    )


@cache
def _with_placeholder(template: LiteralString) -> sql.Composed:
    return sql.SQL(template).format(sql.Placeholder())
