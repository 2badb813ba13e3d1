"""Bring a record's values to the columns of a definition: values written before a column was added are shorter, and
values of a dropped column may still be there."""

from collections.abc import Sequence

from psycopg.sql import SQL, Composable, Composed, Literal

from domain.schema import Definition

NULL_CELL = SQL("'null'::jsonb")


def padded_values_sql(definition: Definition) -> Composed:
    """An SQL expression over `old.values`: all cells of the definition, null for those that are not there."""
    width = definition.width
    if definition.dropped:
        dropped = frozenset(definition.dropped)
        return array_sql([NULL_CELL if at in dropped else old_cell_sql(at) for at in range(width)])
    nulls = SQL("'[{}]'::jsonb").format(SQL(", ").join([SQL("null")] * width))
    return SQL(
        "CASE WHEN jsonb_array_length(old.values) = {0} THEN old.values ELSE jsonb_path_query_array("
        "old.values || {1}, {2}) END"
    ).format(Literal(width), nulls, Literal(f"$[0 to {max(width - 1, 0)}]"))


def old_cell_sql(position: int) -> Composed:
    """A cell of `old.values`, null if it is not there."""
    return SQL("coalesce(old.values -> {}, 'null')").format(Literal(position))


def array_sql(cells: Sequence[Composable]) -> Composed:
    """The JSONB array of these cells. `jsonb_build_array` takes at most 100 arguments, so longer arrays are
    concatenated."""
    parts = [cells[start : start + 100] for start in range(0, len(cells), 100)]
    arrays = [SQL("jsonb_build_array({})").format(SQL(", ").join(part)) for part in parts]
    return SQL("({})").format(SQL(" || ").join(arrays))
