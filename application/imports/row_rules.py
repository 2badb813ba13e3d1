"""Checks rows from a file against the rules of the dataset: required columns, unique columns and the key."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Cursor

from application.imports.file_format import Reject, Table
from application.imports.source_lines import LineRuns
from application.ports import RowMerger, StagedRow
from application.settings import limit_setting
from domain import exact_json
from domain.errors import Invalid
from domain.schema import Definition

MAX_RAW_CHARACTERS = 1_000

RuleViolation = tuple[Sequence[StagedRow], str, str, str]
"""Rows that violate a rule, the column of the rule, the code, and the reason."""


@dataclass(frozen=True, slots=True)
class RowReject:
    """A row that fits the types but violates a rule. See `application.imports.file_format.Reject`."""

    line: int
    column: str | None
    code: str
    detail: str
    raw: str
    cells: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class RowRules:
    """The rules of one dataset for one import; `max_rejects`: the most rows that can be rejected."""

    merging: RowMerger
    dataset_id: UUID
    mode: str
    definition: Definition
    max_rejects: int

    def remove_violations(self, cursor: "Cursor[Any]") -> Iterator[RuleViolation]:
        """Remove the rows that violate a rule from the received rows, rule by rule."""
        yield from self._reject_without_value(cursor)
        for positions in self.definition.unique_sets():
            yield from self._reject_repeated(cursor, positions)
            yield from self._reject_taken(cursor, positions)

    def _reject_without_value(self, cursor: "Cursor[Any]") -> Iterator[RuleViolation]:
        for column in self.definition.columns:
            if column.required and column.position not in self.definition.key:
                rows = self.merging.reject_rows_without_value(cursor, column.position, self.max_rejects)
                yield rows, column.name, "constraint-error", "the column needs a value"

    def _reject_repeated(self, cursor: "Cursor[Any]", positions: Sequence[int]) -> Iterator[RuleViolation]:
        """Repeated keys were already rejected while the file was read."""
        if positions != self.definition.key:
            rows = self.merging.reject_repeated_rows(cursor, positions, self.max_rejects)
            yield rows, self._name(positions), "unique-error", "an earlier row of the file has the same value"

    def _reject_taken(self, cursor: "Cursor[Any]", positions: Sequence[int]) -> Iterator[RuleViolation]:
        """After a replace there are no other records; an upsert changes the record with the key."""
        is_key = positions == self.definition.key
        if self.mode == "replace" or (self.mode == "upsert" and is_key):
            return
        key = () if self.mode == "append" else self.definition.key
        rows = self.merging.reject_taken_rows(cursor, self.dataset_id, positions, key, self.max_rejects)
        code = "primary-key" if is_key else "unique-error"
        yield rows, self._name(positions), code, "a record of the dataset has the same value"

    def _name(self, positions: Sequence[int]) -> str:
        return next(column.name for column in self.definition.columns if column.position == positions[0])


class RejectedRows:
    """The received rows that violate a rule of the dataset; `count` is their number."""

    def __init__(self, rules: RowRules, table: Table, sources: Sequence[int | None], lines: LineRuns) -> None:
        self.count = 0
        self._rules = rules
        self._table = table
        self._sources = sources
        self._lines = lines

    def find(self, cursor: "Cursor[Any]") -> Iterator[Sequence[Reject]]:
        """Remove and return them, rule by rule. Raises Invalid if there are too many."""
        for rows, column, code, why in self._rules.remove_violations(cursor):
            yield from self._rejects(rows, column, code, why)

    def _rejects(self, rows: Sequence[StagedRow], column: str, code: str, why: str) -> Iterator[Sequence[Reject]]:
        if len(rows) > self._rules.max_rejects:
            limit = f"{self._rules.max_rejects:,} rows were rejected ({limit_setting('rejects')})"
            raise Invalid("too-many-rejects", f"More than {limit}: {why}")
        self.count += len(rows)
        for start in range(0, len(rows), 1_000):
            yield [self._reject(row, values, column, code, why) for row, values in rows[start : start + 1_000]]

    def _reject(self, row: int, values: str, column: str, code: str, why: str) -> RowReject:
        given = exact_json.loads(values)
        cells: list[str | None] = [None] * len(self._table.columns)
        for position, source in enumerate(self._sources):
            if source is not None:
                cells[source] = _format_cell(given[position])
        detail = f"column {column!r}: {why}"
        return RowReject(self._lines.line(row) or 0, column, code, detail, values[:MAX_RAW_CHARACTERS], tuple(cells))


def _format_cell(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return exact_json.dumps(value)
