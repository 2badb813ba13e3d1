"""The SQL that compares the rows of a file with the current records, and the values that a merge writes.

Equal is equal: numbers are compared by value and times as instants, so 1.1 does not change 1.10, and the stored
digits stay. The images of the JSONB arrays are compared first, which is cheap, and values only where images differ.
"""

from collections.abc import Sequence
from typing import assert_never

from psycopg.sql import SQL, Composed, Literal

from domain.columns import Column, ColumnType
from domain.file_merge import MergeLayout
from domain.schema import Definition
from projections.sql.padding import NULL_CELL, array_sql
from projections.sql.record_tables import cell_sql


def merged_values_sql(layout: MergeLayout, padded: Composed) -> Composed:
    """The merged values of a record: those of the file, and its own values for columns that the file does not
    have."""
    merged: Composed = SQL("{}").format(SQL("new.values"))
    missing = [at for at, source in enumerate(layout.sources) if source is None]
    for position in missing if layout.keeps else ():
        kept = SQL("jsonb_set({}, {}, coalesce(({}) -> {}, 'null'))")
        merged = kept.format(merged, Literal([str(position)]), padded, Literal(position))
    return merged


def differs_sql(definition: Definition, layout: MergeLayout, merged: Composed, padded: Composed) -> Composed:
    """Whether the merged values change the record. A comparison is made only if the cheaper one before it says so."""
    conditions = [SQL("record_image_ne(ROW({}), ROW({}))").format(merged, padded)]
    spelled = find_spelled_columns(definition)
    if spelled:
        conditions.append(SQL("({}) <> ({})").format(merged, padded))
    if times := [column for column in spelled if column.type is ColumnType.DATETIME]:
        kept = _kept_values_sql(definition, layout)
        conditions.append(SQL("({} OR ({}) <> ({}))").format(_same_images_sql(times), kept, padded))
    return SQL(" AND ").join(conditions)


def planned_values_sql(definition: Definition, layout: MergeLayout, merged: Composed) -> Composed:
    """The values to write. Those of a changed record keep the stored digits where the file's are equal."""
    spelled = find_spelled_columns(definition)
    if not spelled:
        return merged
    values = SQL("CASE WHEN old.id IS NULL OR new.row IS NULL OR {} THEN {} ELSE {} END")
    return values.format(_same_images_sql(spelled), merged, _kept_values_sql(definition, layout))


def _same_images_sql(columns: Sequence[Column]) -> Composed:
    """Whether a row and a record are written alike in these columns."""
    new, old = (
        array_sql([SQL("({}.{})").format(SQL(side), value_at_sql(column.position)) for column in columns])
        for side in ("new", "old")
    )
    return SQL("record_image_eq(ROW({}), ROW({}))").format(new, old)


def _kept_values_sql(definition: Definition, layout: MergeLayout) -> Composed:
    """The merged values of a record and a row that have the same key, with the record's own where both are equal."""
    spelled = {column.position: column for column in find_spelled_columns(definition)}
    dropped = frozenset(definition.dropped)
    return array_sql(
        [
            NULL_CELL if at in dropped else _kept_cell_sql(at, source, spelled.get(at), layout)
            for at, source in enumerate(layout.sources)
        ]
    )


def _kept_cell_sql(position: int, source: int | None, spelled: Column | None, layout: MergeLayout) -> Composed:
    new, old = (SQL("({}.{})").format(SQL(side), value_at_sql(position)) for side in ("new", "old"))
    if source is None and layout.keeps:
        return SQL("coalesce({}, 'null')").format(old)
    if source is None or spelled is None:
        return new
    is_equal = _same_instant_sql(new, old) if spelled.type is ColumnType.DATETIME else SQL("{} = {}").format(new, old)
    return SQL("CASE WHEN {} THEN {} ELSE {} END").format(is_equal, old, new)


def _same_instant_sql(one: Composed, other: Composed) -> Composed:
    """Whether two times are the same instant. Instants have microseconds; digits beyond these are compared, too.

    The cheap comparisons stand first: offsets have whole minutes, so the seconds of equal times have the same text.
    """
    same = SQL(
        "({0} = {1} OR substr({0} #>> '{{}}', 18, 2) = substr({1} #>> '{{}}', 18, 2)"
        " AND rowledger_instant({0}) = rowledger_instant({1}) AND {2} = {3})"
    )
    return same.format(one, other, fraction_sql(one), fraction_sql(other))


def fraction_sql(cell: Composed) -> Composed:
    return SQL("rowledger_fraction(substr({} #>> '{{}}', 20))").format(cell)


def find_spelled_columns(definition: Definition) -> Sequence[Column]:
    """The columns whose values can be written in several ways."""
    return [column for column in definition.columns if _has_spellings(column.type)]


def _has_spellings(type: ColumnType) -> bool:
    match type:
        case ColumnType.DECIMAL | ColumnType.DATETIME | ColumnType.JSON:
            return True
        case ColumnType.STRING | ColumnType.INTEGER | ColumnType.BOOLEAN | ColumnType.DATE:
            return False
        case _:
            assert_never(type)


def comparable_values_sql(width: int, times: Sequence[int]) -> Composed:
    """The values, with numbers in place of times, and their fractions. JSONB itself compares numbers by value."""
    if not times:
        return SQL("{}").format(SQL("values"))
    number = SQL("coalesce(to_jsonb(extract(epoch FROM rowledger_instant({0}))), {0})")
    cells = [number.format(cell_sql(at)) if at in times else cell_sql(at) for at in range(width)]
    return array_sql([*cells, *(fraction_sql(cell_sql(at)) for at in times)])


def value_at_sql(position: int) -> Composed:
    return SQL("values -> {}").format(Literal(position))
