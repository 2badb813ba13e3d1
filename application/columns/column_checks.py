"""Checks the records as they would be after a change of columns against its rules."""

from typing import Any
from uuid import UUID

from psycopg import Cursor

from application.columns.column_ports import ColumnRewriter
from application.columns.failures import MAX_LISTED, ValueFailure, ValueFailures
from domain import exact_json
from domain.columns import Value
from domain.dataset.columns.column_plan import ColumnPlan
from domain.schema import Definition

MAX_UNIQUE_BYTES = 2_000
"""The most bytes of the values that are looked up in an index. A B-tree accepts keys of up to 2,704 bytes."""


def find_rule_failures(
    rewriter: ColumnRewriter, cursor: "Cursor[Any]", dataset_id: UUID, plan: ColumnPlan, failures: ValueFailures
) -> None:
    """Add the records without a value where one is needed, and those whose unique values occur twice."""
    for column in plan.needs_value:
        ids, number = rewriter.find_missing(cursor, dataset_id, column.position, MAX_LISTED)
        why = "the column needs a value"
        failures.add_found([ValueFailure(id, column.name, None, "required", why) for id in ids], number)
    for positions in plan.needs_unique:
        name = _list_names(plan.definition, positions)
        found, number = rewriter.find_duplicates(cursor, dataset_id, positions, MAX_LISTED)
        failures.add_found([_duplicate(name, *one) for one in found], number)
        ids, number = rewriter.find_too_long(cursor, dataset_id, positions, MAX_UNIQUE_BYTES, MAX_LISTED)
        why = f"the value is too long to be unique: at most {MAX_UNIQUE_BYTES:,} bytes are allowed"
        failures.add_found([ValueFailure(id, name, None, "too-long", why) for id in ids], number)


def _duplicate(name: str, id: int, values: str, first: int) -> ValueFailure:
    parsed: list[Value] = exact_json.loads(values)
    value = parsed[0] if len(parsed) == 1 else parsed
    return ValueFailure(id, name, value, "duplicate", f"record {first} has the same value")


def _list_names(definition: Definition, positions: tuple[int, ...]) -> str:
    names = {column.position: column.name for column in definition.columns}
    return ", ".join(names[position] for position in positions)
