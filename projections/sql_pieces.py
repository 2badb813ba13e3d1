"""SQL together with its parameters, so that pieces can be put together in any order."""

from dataclasses import dataclass
from string import Formatter
from typing import LiteralString

from psycopg import sql


@dataclass(frozen=True, slots=True)
class Piece:
    """SQL and the values of its placeholders, in order."""

    text: sql.Composable
    params: tuple[object, ...] = ()


NO_CONDITION = Piece(sql.SQL("true"))


def filled(template: LiteralString, *parts: Piece) -> Piece:
    """`template` with its `{0}`, `{1}` replaced by `parts`; a part may stand more than once."""
    places = [int(name) for _, name, _, _ in Formatter().parse(template) if name is not None]
    text = sql.SQL(template).format(*(part.text for part in parts))
    return Piece(text, tuple(param for place in places for param in parts[place].params))


def joined(glue: LiteralString, parts: list[Piece]) -> Piece:
    """`parts` with `glue` between them."""
    text = sql.SQL(glue).join(part.text for part in parts)
    return Piece(text, tuple(param for part in parts for param in part.params))


def bound(template: LiteralString, value: object) -> Piece:
    """`template` with one placeholder for `value`: `bound("{}::text", name)`."""
    return Piece(sql.SQL(template).format(sql.Placeholder()), (value,))
