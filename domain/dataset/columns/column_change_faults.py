"""Finds the mistakes in a change of columns that can be seen without looking at any record."""

from collections import Counter
from collections.abc import Iterator, Sequence

from domain.columns import Column, ColumnType, describe_type_error
from domain.dataset.columns.column_changes import ColumnChange, ColumnChanges, NewColumn
from domain.errors import Fault, suggest_nearest
from domain.json_pointer import escape_pointer_token
from domain.schema import Definition, describe_name_error, read_value


def find_faults(definition: Definition, changes: ColumnChanges, columns: Sequence[Column]) -> list[Fault]:
    """The mistakes, in the order of the request. `columns` are those that the dataset would have."""
    faults = [
        Fault(f"/{field}", "type-error", f"{field}: {why}")
        for field, text in (("name", changes.title), ("description", changes.description))
        if text is not None and (why := describe_type_error(ColumnType.STRING, text))
    ]
    for name, change in changes.columns.items():
        faults += _find_change_faults(definition, name, change)
    for at, new in enumerate(changes.added):
        faults += _find_new_column_faults(new, f"/add/{at}")
    if not columns:
        faults.append(Fault("/columns", "required", "a dataset needs a column, so the last one cannot be dropped"))
    faults += find_repeated_names(columns)
    return faults + _find_key_faults(definition, changes, columns)


def find_repeated_names(columns: Sequence[Column]) -> list[Fault]:
    """A fault for each name that two columns would have."""
    counts = Counter(column.name for column in columns)
    return [
        Fault("/columns", "duplicate-column", f"two columns would be called {name!r}")
        for name, count in counts.items()
        if count > 1
    ]


def unknown_column_fault(definition: Definition, name: str) -> Fault:
    detail = f"there is no column {name!r}: {suggest_nearest(name, definition.names)}"
    return Fault(f"/columns/{escape_pointer_token(name)}", "unknown-column", detail)


def _find_change_faults(definition: Definition, name: str, change: ColumnChange | None) -> Iterator[Fault]:
    column, pointer = definition.find(name), f"/columns/{escape_pointer_token(name)}"
    if column is None:
        yield unknown_column_fault(definition, name)
    elif change is not None:
        if change.name is not None and (why := describe_name_error(change.name)):
            yield Fault(pointer, "invalid-name", why)
        column_type = change.type or column.type
        if change.format is not None and not column_type.has_formats:
            yield Fault(f"{pointer}/format", "unknown-format", f"a column of type {column_type.value} has no format")


def _find_new_column_faults(new: NewColumn, pointer: str) -> Iterator[Fault]:
    if why := describe_name_error(new.name):
        yield Fault(f"{pointer}/name", "invalid-name", why)
    default = read_value(Column(new.name, new.type, 0), new.default)
    if default is not None and (why := describe_type_error(new.type, default)):
        yield Fault(f"{pointer}/default", "type-error", f"column {new.name!r}: {why}")


def _find_key_faults(definition: Definition, changes: ColumnChanges, columns: Sequence[Column]) -> list[Fault]:
    names = [column.name for column in columns]
    if changes.key is not None:
        return [
            Fault("/key", "unknown-column", f"the key column {name!r} does not exist: {suggest_nearest(name, names)}")
            for name in changes.key
            if name not in names
        ]
    left = {column.position for column in columns}
    return [
        Fault(
            f"/columns/{escape_pointer_token(column.name)}",
            "key-column",
            f"column {column.name!r} belongs to the key, so it cannot be dropped: change the key, too",
        )
        for column in definition.columns
        if column.position in definition.key and column.position not in left
    ]
