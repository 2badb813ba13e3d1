"""A record's string cells as one document: the expressions that an index holds and a search must repeat."""

from collections.abc import Sequence

from psycopg.sql import SQL, Composed, Literal


def words_sql(positions: Sequence[int]) -> Composed:
    """A tsvector."""
    return SQL("rowledger_words(values, {})").format(_position_array(positions))


def folded_text_sql(positions: Sequence[int]) -> Composed:
    """Folded text, a line a cell."""
    return SQL("rowledger_text(values, {})").format(_position_array(positions))


def _position_array(positions: Sequence[int]) -> Composed:
    return SQL("{}::integer[]").format(Literal("{" + ",".join(map(str, positions)) + "}"))
