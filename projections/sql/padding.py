"""Pad a record's values to full length: values written before a column was added are shorter."""

from psycopg.sql import SQL, Composed, Literal


def padded_values_sql(width: int) -> Composed:
    """An SQL expression over `old.values`: the array padded with nulls to `width` elements."""
    nulls = SQL("'[{}]'::jsonb").format(SQL(", ").join([SQL("null")] * width))
    return SQL(
        "CASE WHEN jsonb_array_length(old.values) = {0} THEN old.values ELSE jsonb_path_query_array("
        "old.values || {1}, {2}) END"
    ).format(Literal(width), nulls, Literal(f"$[0 to {max(width - 1, 0)}]"))
