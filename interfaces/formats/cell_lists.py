"""Build the SQL that converts many columns at once: the columns of one kind are one list, which has one expression.

DuckDB takes more than a millisecond to prepare the expressions of one column, so that a file of a thousand columns
would cost seconds before its first row. The elements of a list cost more than cells of their own, so lists pay from
WIDE_COLUMNS columns on.
"""

from collections.abc import Sequence

WIDE_COLUMNS = 128


def column_list_sql(columns: Sequence[int]) -> str:
    """The SQL of the list of the columns c0, c1, … with these numbers."""
    return f"[{', '.join(f'c{at}' for at in columns)}]"


def each_cell_sql(values: str, expression: str) -> str:
    """The SQL of the list of `expression` for each `cell` of the list `values`."""
    return f"list_transform({values}, lambda cell: {expression})"


def in_column_order_sql(lists: Sequence[str], columns: Sequence[Sequence[int]]) -> str:
    """The SQL of one list of the elements of all `lists`, in the order of their columns."""
    joined = " || ".join(lists)
    if len(lists) == 1:
        return joined
    places = {at: place for place, at in enumerate((at for group in columns for at in group), 1)}
    return f"list_select({joined}, {[places[at] for at in sorted(places)]})"
