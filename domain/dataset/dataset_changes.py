"""Decides changes to the dataset itself: its name, its description and the names of its columns."""

from collections.abc import Mapping
from dataclasses import replace

from domain.columns import ColumnType, describe_type_error
from domain.dataset.columns.column_change_faults import find_repeated_names, unknown_column_fault
from domain.dataset.commands import ChangeDataset
from domain.dataset.events import DatasetChanged
from domain.errors import Fault, Invalid
from domain.json_pointer import escape_pointer_token
from domain.schema import Definition, describe_name_error


def decide_dataset_change(definition: Definition, command: ChangeDataset) -> DatasetChanged | None:
    """The event, or None if nothing changes. Raises Invalid `invalid-dataset` or `invalid-columns`."""
    for field, text in (("name", command.name), ("description", command.description)):
        if text is not None and (why := describe_type_error(ColumnType.STRING, text)):
            raise Invalid("invalid-dataset", f"{field}: {why}", (Fault(f"/{field}", "type-error", why),))
    change = DatasetChanged(
        name=None if command.name == definition.name else command.name,
        description=None if command.description == definition.description else command.description,
        renamed=_decide_renames(definition, command.renames or {}),
    )
    return None if change == DatasetChanged() else change


def _decide_renames(definition: Definition, renames: Mapping[str, str]) -> tuple[tuple[int, str], ...]:
    faults = []
    columns = list(definition.columns)
    for old, new in renames.items():
        column = definition.find(old)
        if column is None:
            faults.append(unknown_column_fault(definition, old))
        elif why := describe_name_error(new):
            faults.append(Fault(f"/columns/{escape_pointer_token(old)}", "invalid-name", why))
        else:
            columns[definition.columns.index(column)] = replace(column, name=new)
    faults += find_repeated_names(columns)
    if faults:
        raise Invalid("invalid-columns", faults[0].detail, tuple(faults))
    pairs = zip(definition.columns, columns, strict=True)
    return tuple((new.position, new.name) for old, new in pairs if new.name != old.name)
