"""The rules of a dataset that rows from a file may break: required and unique columns, and the key of an append."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Cursor

from application.imports.file_format import Reject, Table
from application.imports.source_lines import LineRuns
from application.ports import RowMerger, StagedRow
from domain import exact_json
from domain.errors import Invalid
from domain.schema import Definition

MAX_RAW_CHARACTERS = 1_000

RuleViolation = tuple[Sequence[StagedRow], str, str, str]
"""Rows that broke a rule, the rule's column, its code, and why."""


@dataclass(frozen=True, slots=True)
class RowReject:
    """A row that fits its columns but not the dataset. See `application.imports.file_format.Reject`."""

    line: int
    column: str | None
    code: str
    detail: str
    raw: str
    cells: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class RowRules:
    """`most`: how many rows may be rejected."""

    merging: RowMerger
    dataset_id: UUID
    mode: str
    definition: Definition
    most: int

    def broken(self, cursor: "Cursor[Any]") -> Iterator[RuleViolation]:
        """Take the rows out that break a rule, one rule after the other."""
        yield from self._without_value(cursor)
        for positions in self.definition.unique_sets():
            yield from self._repeated(cursor, positions)
            yield from self._taken(cursor, positions)

    def _without_value(self, cursor: "Cursor[Any]") -> Iterator[RuleViolation]:
        for column in self.definition.columns:
            if column.required and column.position not in self.definition.key:
                rows = self.merging.without_value(cursor, column.position, self.most)
                yield rows, column.name, "constraint-error", "the column needs a value"

    def _repeated(self, cursor: "Cursor[Any]", positions: Sequence[int]) -> Iterator[RuleViolation]:
        """The key's own repetitions were left out when the file was read."""
        if positions != self.definition.key:
            rows = self.merging.repeated(cursor, positions, self.most)
            yield rows, self._name(positions), "unique-error", "an earlier row of the file has the same value"

    def _taken(self, cursor: "Cursor[Any]", positions: Sequence[int]) -> Iterator[RuleViolation]:
        """A replace leaves no other record; an upsert changes the record that has the key."""
        is_key = positions == self.definition.key
        if self.mode == "replace" or (self.mode == "upsert" and is_key):
            return
        key = () if self.mode == "append" else self.definition.key
        rows = self.merging.taken(cursor, self.dataset_id, positions, key, self.most)
        code = "primary-key" if is_key else "unique-error"
        yield rows, self._name(positions), code, "a record of the dataset has the same value"

    def _name(self, positions: Sequence[int]) -> str:
        return next(column.name for column in self.definition.columns if column.position == positions[0])


class RejectedRows:
    """The received rows that break a rule of the dataset; `number` counts them."""

    def __init__(self, rules: RowRules, table: Table, sources: Sequence[int | None], lines: LineRuns) -> None:
        self.number = 0
        self._rules = rules
        self._table = table
        self._sources = sources
        self._lines = lines

    def found(self, cursor: "Cursor[Any]") -> Iterator[Sequence[Reject]]:
        """Take them out, rule by rule. Raises Invalid if there are too many."""
        for rows, column, code, why in self._rules.broken(cursor):
            yield from self._rejects(rows, column, code, why)

    def _rejects(self, rows: Sequence[StagedRow], column: str, code: str, why: str) -> Iterator[Sequence[Reject]]:
        if len(rows) > self._rules.most:
            limit = f"{self._rules.most:,} rows were rejected (setting ROWLEDGER_LIMIT_REJECTS)"
            raise Invalid("too-many-rejects", f"More than {limit}: {why}")
        self.number += len(rows)
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
