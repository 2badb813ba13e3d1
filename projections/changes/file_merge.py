"""Merge the rows of a file into a record table. Only new, changed and removed records are written.

The rows are loaded into a temporary table `incoming (row, values)` with the file's columns. They are arranged into
the dataset's columns and matched with the current records by key or, without a key, by their whole content. The
differences are written as rows of the next version, in the caller's transaction. They are invisible until that
version is published.

Equal is equal: numbers are compared by value and times as instants, so 1.1 does not change 1.10, and the stored
digits stay. The images of the JSONB arrays are compared first, which is cheap, and values only where images differ.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, assert_never

from psycopg import Copy, Cursor
from psycopg.sql import SQL, Composed, Identifier, Literal

from domain.columns import Column, ColumnType
from domain.file_merge import MergeCounts, MergeLayout
from domain.schema import Definition
from projections.indexes import write_guard
from projections.sql.padding import padded_values_sql
from projections.sql.record_tables import OPEN, RecordTable, cell_sql

WORK_MEM = "128MB"
"""The memory that one sort or hash of a merge may use. More data is written to disk."""

_COPY_INCOMING = SQL("COPY incoming (values) FROM STDIN (FORMAT csv, QUOTE e'\\x01', DELIMITER e'\\x02')")

_CREATE_INCOMING = """
CREATE TEMPORARY TABLE incoming (row bigint NOT NULL DEFAULT nextval('incoming_rows'), values jsonb NOT NULL)
ON COMMIT DROP
"""

_DELETE_REJECTED = SQL("""
WITH refused AS (
    DELETE FROM incoming AS new WHERE {condition} RETURNING row, values::text AS values)
SELECT row, values FROM refused ORDER BY row LIMIT {limit}
""")
"""Deletes the rows that match the condition and returns the first of them."""

_PLAN_BY_KEY = SQL("""
CREATE TEMPORARY TABLE plan ON COMMIT DROP AS
SELECT new.row, old.id, {values} AS values
FROM incoming AS new {join} JOIN (SELECT id, values FROM {table} WHERE until = {open}) AS old ON {same_key}
WHERE old.id IS NULL OR new.row IS NULL OR {differs}
""")
"""Joins the rows with the current records by key and keeps the pairs that differ."""

_PLAN_BY_CONTENT = SQL("""
CREATE TEMPORARY TABLE plan ON COMMIT DROP AS
SELECT new.row, old.id, new.values
FROM (SELECT row, values, md5(values::text) AS digest,
             row_number() OVER (PARTITION BY md5(values::text) ORDER BY row) AS copy FROM incoming) AS new
FULL JOIN (SELECT id, md5({padded}::text) AS digest,
                  row_number() OVER (PARTITION BY md5({padded}::text) ORDER BY id) AS copy
           FROM {table} AS old WHERE until = {open}) AS old
USING (digest, copy)
WHERE old.id IS NULL OR new.row IS NULL
""")
"""Pairs rows and records that are written alike, by a digest, and keeps those without a partner."""

_DELETE_EQUAL_PAIRS = SQL("""
WITH new AS MATERIALIZED (
    SELECT row, values, jsonb_hash_extended({rest}, 0) AS digest FROM plan WHERE id IS NULL),
old AS MATERIALIZED (
    SELECT id, values, jsonb_hash_extended({rest}, 0) AS digest
    FROM (SELECT old.id, {padded} AS values FROM plan JOIN {table} AS old USING (id)
          WHERE plan.row IS NULL AND old.until = {open}) AS removed),
new_contents AS (
    SELECT row, digest, content, row_number() OVER (PARTITION BY digest, content ORDER BY row) AS copy
    FROM (SELECT row, digest, {content} AS content FROM new WHERE digest IN (SELECT digest FROM old)) AS found),
old_contents AS (
    SELECT id, digest, content, row_number() OVER (PARTITION BY digest, content ORDER BY id) AS copy
    FROM (SELECT id, digest, {content} AS content FROM old WHERE digest IN (SELECT digest FROM new)) AS found),
pairs AS MATERIALIZED (
    SELECT row, id FROM new_contents JOIN old_contents USING (digest, copy, content))
DELETE FROM plan WHERE row IN (SELECT row FROM pairs) OR id IN (SELECT id FROM pairs)
""")
"""Pairs the planned rows and removed records that are equal but written differently, and drops them from the plan.

Times are converted, which is slow, only where all other values have a partner."""

_PLAN_ALL_NEW = SQL("""
CREATE TEMPORARY TABLE plan ON COMMIT DROP AS SELECT row, NULL::bigint AS id, values FROM incoming
""")
"""Plans every row as a new record."""

_CLOSE_OLD_ROWS = SQL("""
UPDATE {table} AS old SET until = {version} FROM plan WHERE old.id = plan.id AND old.until = {open}
""")
"""Ends the validity of the rows that the plan changes or removes."""

_INSERT_ROWS = SQL("""
INSERT INTO {table} (id, version, until, values)
SELECT coalesce(id, {first} - 1 + row_number() OVER (PARTITION BY id IS NULL ORDER BY row)), {version}, {open}, values
FROM plan WHERE row IS NOT NULL
ORDER BY 1
""")
"""Inserts the planned rows; new records get the next ids in the order of the file."""

_COUNT_PLAN = """
SELECT count(*) FILTER (WHERE id IS NULL), count(*) FILTER (WHERE id IS NOT NULL AND row IS NOT NULL),
       count(*) FILTER (WHERE row IS NULL)
FROM plan
"""
"""Counts the new, changed and removed records of the plan."""

_SELECT_NEW = "SELECT row, values::text FROM plan WHERE id IS NULL ORDER BY row"

_SELECT_CHANGED = "SELECT id, values::text, row FROM plan WHERE id IS NOT NULL ORDER BY id"


@contextmanager
def receive_rows(cursor: "Cursor[Any]") -> Iterator[Copy]:
    """A COPY into `incoming`. Write JSON arrays with the file's columns, one per line."""
    cursor.execute(SQL("SET LOCAL work_mem = {}").format(Literal(WORK_MEM)))
    cursor.execute("CREATE TEMPORARY SEQUENCE incoming_rows MINVALUE 0 START 0 CACHE 10000")
    cursor.execute(_CREATE_INCOMING)
    with cursor.copy(_COPY_INCOMING) as copy:
        yield copy
    cursor.execute("ALTER TABLE incoming ALTER COLUMN row DROP DEFAULT")
    cursor.execute("DROP SEQUENCE incoming_rows")


def arrange_columns(cursor: "Cursor[Any]", layout: MergeLayout) -> None:
    """Move the values of the rows to the dataset's positions."""
    if not layout.is_plain:
        null = SQL("'null'::jsonb")
        values = [
            null if source is None else SQL("coalesce({}, {})").format(cell_sql(source), null)
            for source in layout.sources
        ]
        cursor.execute("ALTER TABLE incoming RENAME TO unarranged")
        arrange = SQL("CREATE TEMPORARY TABLE incoming ON COMMIT DROP AS SELECT row, {} AS values FROM unarranged")
        cursor.execute(arrange.format(_array_sql(values)))
        cursor.execute("DROP TABLE unarranged")
    cursor.execute("ANALYZE incoming")


def reject_rows_without_value(cursor: "Cursor[Any]", position: int, limit: int) -> list[tuple[int, str]]:
    """Remove the rows that have null at `position` and return up to `limit` + 1 of them: (row, values as JSON)."""
    return _delete_rows(cursor, SQL("{} = 'null'").format(cell_sql(position)), limit)


def reject_repeated_rows(cursor: "Cursor[Any]", positions: Sequence[int], limit: int) -> list[tuple[int, str]]:
    """Remove the rows whose values at `positions` also occur in an earlier row of the file. Nulls never match."""
    cells = SQL(", ").join([cell_sql(position) for position in positions])
    not_null = SQL(" AND ").join([SQL("{} <> 'null'").format(cell_sql(position)) for position in positions])
    is_repeat = SQL(
        "row IN (SELECT row FROM (SELECT row, row_number() OVER (PARTITION BY {} ORDER BY row) AS number"
        " FROM incoming WHERE {}) AS numbered WHERE number > 1)"
    )
    return _delete_rows(cursor, is_repeat.format(cells, not_null), limit)


def reject_taken_rows(
    cursor: "Cursor[Any]", table: RecordTable, positions: Sequence[int], key: Sequence[int], limit: int
) -> list[tuple[int, str]]:
    """Remove the rows whose values at `positions` belong to a current record with another key."""
    same = _same_values_sql(positions)
    other = SQL("NOT ({})").format(_same_values_sql(key)) if key else SQL("true")
    found = SQL("EXISTS (SELECT FROM {} AS old WHERE until = {} AND {} AND {})")
    not_null = SQL(" AND ").join(
        [SQL("new.{} <> 'null'").format(_value_expression(position)) for position in positions]
    )
    condition = SQL("{} AND {}").format(not_null, found.format(table.identifier, Literal(OPEN), same, other))
    return _delete_rows(cursor, condition, limit)


def plan(
    cursor: "Cursor[Any]", table: RecordTable, definition: Definition, layout: MergeLayout, mode: str
) -> MergeCounts:
    """Write the differences to the temporary table `plan (row, id, values)` and count them.

    A null id is a new record, a null row is a record to remove. `mode` is append, upsert or replace.
    """
    padded = padded_values_sql(definition.width)
    if mode == "append":
        cursor.execute(_PLAN_ALL_NEW)
    elif definition.key:
        merged = _merged_values_sql(layout, padded)
        query = _PLAN_BY_KEY.format(
            values=_planned_values_sql(definition, layout, merged),
            join=SQL("FULL" if mode == "replace" else "LEFT"),
            table=table.identifier,
            open=Literal(OPEN),
            same_key=_same_values_sql(definition.key),
            differs=_differs_sql(definition, layout, merged, padded),
        )
        cursor.execute(query)
    else:
        cursor.execute(_PLAN_BY_CONTENT.format(table=table.identifier, open=Literal(OPEN), padded=padded))
        _drop_equal_pairs(cursor, table, definition, padded)
    return _count_plan(cursor)


def apply(cursor: "Cursor[Any]", table: RecordTable, version: int, first_id: int) -> None:
    """Write the plan as rows of `version`. New records get ids from `first_id` on, in the order of the file."""
    parts: Mapping[str, Any] = {
        "table": table.identifier,
        "version": Literal(version),
        "open": Literal(OPEN),
        "first": Literal(first_id),
    }
    cursor.execute("ANALYZE plan")
    write_guard.drop_indexes_blocking_table(cursor, table, Identifier("plan"))
    cursor.execute(_CLOSE_OLD_ROWS.format(**parts))
    cursor.execute(_INSERT_ROWS.format(**parts))


def read_new_rows(cursor: "Cursor[Any]") -> Iterator[tuple[int, str]]:
    """The new records by id: their row in the file and their values as JSON."""
    yield from cursor.stream(_SELECT_NEW, size=1000)


def read_changed_rows(cursor: "Cursor[Any]") -> Iterator[tuple[int, str | None, int | None]]:
    """The changed and removed records by id: the id, the values as JSON (None: removed), and the row in the file."""
    yield from cursor.stream(_SELECT_CHANGED, size=1000)


def _delete_rows(cursor: "Cursor[Any]", condition: Composed, limit: int) -> list[tuple[int, str]]:
    return cursor.execute(_DELETE_REJECTED.format(condition=condition, limit=Literal(limit + 1))).fetchall()


def _same_values_sql(positions: Sequence[int]) -> Composed:
    pairs = [SQL("new.{0} = old.{0}").format(_value_expression(position)) for position in positions]
    return SQL("({})").format(SQL(" AND ").join(pairs))


def _value_expression(position: int) -> Composed:
    return SQL("values -> {}").format(Literal(position))


def _merged_values_sql(layout: MergeLayout, padded: Composed) -> Composed:
    """The merged values of a record: those of the file, and its own values for columns that the file does not
    have."""
    merged: Composed = SQL("{}").format(SQL("new.values"))
    missing = [at for at, source in enumerate(layout.sources) if source is None]
    for position in missing if layout.keeps else ():
        kept = SQL("jsonb_set({}, {}, coalesce(({}) -> {}, 'null'))")
        merged = kept.format(merged, Literal([str(position)]), padded, Literal(position))
    return merged


def _differs_sql(definition: Definition, layout: MergeLayout, merged: Composed, padded: Composed) -> Composed:
    """Whether the merged values change the record. A comparison is made only if the cheaper one before it says so."""
    conditions = [SQL("record_image_ne(ROW({}), ROW({}))").format(merged, padded)]
    if _find_spelled_columns(definition):
        conditions.append(SQL("({}) <> ({})").format(merged, padded))
    if times := [column for column in _find_spelled_columns(definition) if column.type is ColumnType.DATETIME]:
        kept = _kept_values_sql(definition, layout)
        conditions.append(SQL("({} OR ({}) <> ({}))").format(_same_images_sql(times), kept, padded))
    return SQL(" AND ").join(conditions)


def _planned_values_sql(definition: Definition, layout: MergeLayout, merged: Composed) -> Composed:
    """The values to write. Those of a changed record keep the stored digits where the file's are equal."""
    spelled = _find_spelled_columns(definition)
    if not spelled:
        return merged
    values = SQL("CASE WHEN old.id IS NULL OR new.row IS NULL OR {} THEN {} ELSE {} END")
    return values.format(_same_images_sql(spelled), merged, _kept_values_sql(definition, layout))


def _same_images_sql(columns: Sequence[Column]) -> Composed:
    """Whether a row and a record are written alike in these columns."""
    new, old = (
        _array_sql([SQL("({}.{})").format(SQL(side), _value_expression(column.position)) for column in columns])
        for side in ("new", "old")
    )
    return SQL("record_image_eq(ROW({}), ROW({}))").format(new, old)


def _kept_values_sql(definition: Definition, layout: MergeLayout) -> Composed:
    """The merged values of a record and a row that have the same key, with the record's own where both are equal."""
    spelled = {column.position: column for column in _find_spelled_columns(definition)}
    return _array_sql(
        [_kept_cell_sql(at, source, spelled.get(at), layout) for at, source in enumerate(layout.sources)]
    )


def _kept_cell_sql(position: int, source: int | None, spelled: Column | None, layout: MergeLayout) -> Composed:
    new, old = (SQL("({}.{})").format(SQL(side), _value_expression(position)) for side in ("new", "old"))
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
    return same.format(one, other, _fraction_sql(one), _fraction_sql(other))


def _fraction_sql(cell: Composed) -> Composed:
    return SQL("rowledger_fraction(substr({} #>> '{{}}', 20))").format(cell)


def _find_spelled_columns(definition: Definition) -> Sequence[Column]:
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


def _drop_equal_pairs(cursor: "Cursor[Any]", table: RecordTable, definition: Definition, padded: Composed) -> None:
    counts = _count_plan(cursor)
    if not (_find_spelled_columns(definition) and counts.added and counts.removed):
        return
    cursor.execute("ANALYZE plan")
    times = [column.position for column in definition.columns if column.type is ColumnType.DATETIME]
    query = _DELETE_EQUAL_PAIRS.format(
        table=table.identifier,
        open=Literal(OPEN),
        padded=padded,
        rest=SQL("values") + SQL("").join([SQL(" - {}").format(Literal(at)) for at in sorted(times, reverse=True)]),
        content=_comparable_values_sql(definition.width, times),
    )
    cursor.execute(query)


def _comparable_values_sql(width: int, times: Sequence[int]) -> Composed:
    """The values, with numbers in place of times, and their fractions. JSONB itself compares numbers by value."""
    if not times:
        return SQL("{}").format(SQL("values"))
    number = SQL("coalesce(to_jsonb(extract(epoch FROM rowledger_instant({0}))), {0})")
    cells = [number.format(cell_sql(at)) if at in times else cell_sql(at) for at in range(width)]
    return _array_sql([*cells, *(_fraction_sql(cell_sql(at)) for at in times)])


def _count_plan(cursor: "Cursor[Any]") -> MergeCounts:
    row = cursor.execute(_COUNT_PLAN).fetchone()
    assert row is not None
    return MergeCounts(*row)


def _array_sql(values: Sequence[Any]) -> Composed:
    """`jsonb_build_array` takes at most 100 arguments, so longer arrays are concatenated."""
    parts = [values[start : start + 100] for start in range(0, len(values), 100)]
    arrays = [SQL("jsonb_build_array({})").format(SQL(", ").join(part)) for part in parts]
    return SQL(" || ").join(arrays)
