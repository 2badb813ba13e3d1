"""Plans a change of columns: the definition after it, and what must be done and checked with the values.

Pure: the values themselves are converted and checked by the bulk change that carries out the plan.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from domain.columns import Column, Value
from domain.dataset.columns.column_change_faults import find_faults
from domain.dataset.columns.column_changes import ColumnChange, ColumnChanges, NewColumn, OnFailure
from domain.errors import Invalid
from domain.schema import Definition, read_value


@dataclass(frozen=True, slots=True)
class Retype:
    """A column before and after a change of its type; its values are converted."""

    before: Column
    after: Column
    on_failure: OnFailure = OnFailure.REFUSE


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """The `definition` after the change, and what follows for the values.

    `defaults`: the values of new columns by position. `needs_value`: columns that must be checked for null.
    `needs_unique`: sets of positions that must be checked for duplicates.
    """

    definition: Definition
    retyped: tuple[Retype, ...] = ()
    defaults: Mapping[int, Value] = field(default_factory=dict)
    needs_value: tuple[Column, ...] = ()
    needs_unique: tuple[tuple[int, ...], ...] = ()


_UNCHANGED = ColumnChange()


def plan_column_changes(definition: Definition, changes: ColumnChanges) -> ColumnPlan:
    """Raises Invalid `invalid-columns` with a fault for each mistake."""
    pairs = [(column, changes.columns.get(column.name, _UNCHANGED)) for column in definition.columns]
    kept = [(column, change) for column, change in pairs if change is not None]
    columns = (*(_apply_change(*pair) for pair in kept), *_number_columns(changes.added, definition.width))
    if faults := find_faults(definition, changes, columns):
        raise Invalid("invalid-columns", faults[0].detail, tuple(faults))
    after = Definition(
        definition.name if changes.title is None else changes.title,
        definition.description if changes.description is None else changes.description,
        columns,
        _find_key(definition, columns, changes.key),
    ).with_width(definition.width + len(changes.added))
    retyped = tuple(
        Retype(before, column, change.on_failure)
        for (before, change), column in zip(kept, columns, strict=False)
        if before.type is not column.type
    )
    return ColumnPlan(
        after,
        retyped,
        _read_defaults(changes.added, columns),
        _find_columns_needing_value(definition, after, retyped),
        _find_sets_needing_unique(definition, after, retyped),
    )


def _apply_change(column: Column, change: ColumnChange) -> Column:
    if change.type is not None and change.type is not column.type:
        null_text = column.null_text if change.type.has_formats else None
        column = replace(column, type=change.type, format=None, null_text=null_text)
    return replace(
        column,
        name=column.name if change.name is None else change.name,
        format=column.format if change.format is None else change.format,
        required=column.required if change.required is None else change.required,
        unique=column.unique if change.unique is None else change.unique,
    )


def _number_columns(added: Sequence[NewColumn], width: int) -> list[Column]:
    return [Column(new.name, new.type, width + at, new.required, new.unique) for at, new in enumerate(added)]


def _find_key(definition: Definition, columns: Sequence[Column], names: Sequence[str] | None) -> tuple[int, ...]:
    if names is None:
        return definition.key
    positions = {column.name: column.position for column in columns}
    return tuple(dict.fromkeys(positions[name] for name in names))


def _read_defaults(added: Sequence[NewColumn], columns: Sequence[Column]) -> Mapping[int, Value]:
    new = columns[len(columns) - len(added) :]
    return {
        column.position: read_value(column, one.default)
        for column, one in zip(new, added, strict=True)
        if one.default is not None
    }


def _find_columns_needing_value(
    before: Definition, after: Definition, retyped: Sequence[Retype]
) -> tuple[Column, ...]:
    """The columns that must have a value and might not: they need not have had one, or their values are converted."""
    sure = before.positions_needing_value - {one.after.position for one in retyped}
    needed = after.positions_needing_value - sure
    return tuple(column for column in after.columns if column.position in needed)


def _find_sets_needing_unique(
    before: Definition, after: Definition, retyped: Sequence[Retype]
) -> tuple[tuple[int, ...], ...]:
    """The sets of positions whose values must be unique and might not be."""
    converted = {one.after.position for one in retyped}
    sure = {positions for positions in before.unique_sets() if converted.isdisjoint(positions)}
    return tuple(positions for positions in after.unique_sets() if positions not in sure)
