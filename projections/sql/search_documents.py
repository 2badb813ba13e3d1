"""The expressions for a record's string cells as one document. An index and its searches must use the same ones."""

from collections.abc import Sequence

from psycopg.sql import SQL, Composed, Literal


def words_sql(positions: Sequence[int]) -> Composed:
    """The words of the cells at `positions`, as a tsvector."""
    return SQL("rowledger_words(values, {})").format(_position_array(positions))


def folded_text_sql(positions: Sequence[int]) -> Composed:
    """The folded text of the cells at `positions`, one line per cell."""
    return SQL("rowledger_text(values, {})").format(_position_array(positions))


def _position_array(positions: Sequence[int]) -> Composed:
    return SQL("{}::integer[]").format(Literal("{" + ",".join(map(str, positions)) + "}"))
