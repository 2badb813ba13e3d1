"""SQL together with its parameters, so that pieces can be put together in any order."""

from dataclasses import dataclass
from functools import cache
from string import Formatter
from typing import LiteralString

from psycopg import sql


@dataclass(frozen=True, slots=True)
class SqlFragment:
    """SQL and the values of its placeholders, in order."""

    text: sql.Composable
    params: tuple[object, ...] = ()


NO_CONDITION = SqlFragment(sql.SQL("true"))


def fill_template(template: LiteralString, *parts: SqlFragment) -> SqlFragment:
    """`template` with its `{0}`, `{1}` replaced by `parts`; a part may stand more than once."""
    texts: list[sql.Composable] = []
    params: list[object] = []
    for written, place in _split_template(template):
        if written is not None:
            texts.append(written)
        if place is not None:
            texts.append(parts[place].text)
            params.extend(parts[place].params)
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
    """A template as pairs of what is written and the number of the part after it. There are few templates."""
    return tuple(
        (sql.SQL(written) if written else None, None if name is None else int(name))
        for written, name, _, _ in Formatter().parse(template)
    )


@cache
def _with_placeholder(template: LiteralString) -> sql.Composed:
    return sql.SQL(template).format(sql.Placeholder())
