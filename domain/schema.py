"""The definition of a dataset at a version, and the validation of values against it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from domain import exact_json
from domain.columns import Column, ColumnType, Value, describe_type_error
from domain.errors import BadRequest, Fault, Invalid, suggest_nearest
from domain.json_pointer import escape_pointer_token

Values = tuple[Value, ...]
"""The values of a record by column position; shorter than the schema if columns were added later."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A dataset's name, description, columns and key (positions of the columns that identify a record).

    `dropped` are the positions of dropped columns. No other column gets them: rows may still have values there.
    """

    name: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[int, ...] = ()
    dropped: tuple[int, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The column names in order."""
        return tuple(column.name for column in self.columns)

    @property
    def width(self) -> int:
        """The length of a full array of values: one more than the greatest position."""
        return 1 + max((*(column.position for column in self.columns), *self.dropped), default=-1)

    @property
    def positions_needing_value(self) -> frozenset[int]:
        """The positions of the columns that must not contain null."""
        return frozenset((*(column.position for column in self.columns if column.required), *self.key))

    def with_width(self, width: int) -> "Definition":
        """This definition with all unused positions below `width` marked as those of dropped columns."""
        used = {column.position for column in self.columns}
        return replace(self, dropped=tuple(position for position in range(width) if position not in used))

    def find(self, name: str) -> Column | None:
        """The column called `name`, or None."""
        return next((column for column in self.columns if column.name == name), None)

    def column(self, name: str, where: str) -> Column:
        """The column called `name`. Raises BadRequest with a hint; `where` is the parameter that named the column."""
        if (column := self.find(name)) is None:
            hint = suggest_nearest(name, self.names)
            fault = Fault(where, "unknown-column", f"there is no column {name!r}: {hint}")
            raise BadRequest("unknown-column", f"There is no column {name!r}: {hint}", (fault,))
        return column

    def unique_sets(self) -> tuple[tuple[int, ...], ...]:
        """The sets of positions whose values must be unique among the current records, the key first."""
        singles = tuple((column.position,) for column in self.columns if column.unique)
        return tuple(dict.fromkeys(((self.key,) if self.key else ()) + singles))


def unique_names(headers: Sequence[str]) -> tuple[str, ...]:
    """Column names from the header of a file: trimmed; a blank name becomes `column_3`, a repeated one `name_2`."""
    originals = [header.strip() or f"column_{number}" for number, header in enumerate(headers, 1)]
    reserved = set(originals)
    names: list[str] = []
    seen: set[str] = set()
    for name in originals:
        unique, suffix = name, 2
        while unique in seen or (unique != name and unique in reserved):
            unique, suffix = f"{name}_{suffix}", suffix + 1
        seen.add(unique)
        names.append(unique)
    return tuple(names)


def describe_name_error(name: str) -> str | None:
    """Why a column cannot have this name; None if it can."""
    if why := describe_type_error(ColumnType.STRING, name):
        return why
    if not name.strip() or name != name.strip():
        return f"{name!r} is not a column name: it is blank, or it begins or ends with white space"
    return None


def validate_values(definition: Definition, given: Mapping[str, Value], base: Values | None) -> Values:
    """The full array of values: `given` by name, the others from `base` (for a patch) or null (for a whole record).

    A numeric column takes numbers and texts of numbers, with the same digits.

    Raises Invalid with one fault for each unknown column, value of a wrong type, or missing required value.
    """
    values: list[Value] = [None] * definition.width
    if base is not None:
        values[: len(base)] = base
    faults: list[Fault] = []
    refused: set[Column] = set()
    columns = {column.name: column for column in definition.columns}
    for name, sent in given.items():
        column = columns.get(name)
        value = sent if column is None else read_value(column, sent)
        pointer = f"/values/{escape_pointer_token(name)}"
        if column is None:
            hint = suggest_nearest(name, definition.names)
            faults.append(Fault(pointer, "unknown-column", f"there is no column {name!r}: {hint}"))
        elif value is not None and (why := describe_type_error(column.type, value)):
            faults.append(Fault(pointer, "type-error", f"column {name!r}: {why}"))
            refused.add(column)
        else:
            values[column.position] = value
    faults += _find_missing(definition, values, refused)
    if faults:
        raise Invalid("invalid-values", f"{_describe_count(faults)} refused: {faults[0].detail}", tuple(faults))
    return without_dropped(definition, tuple(values))


def without_dropped(definition: Definition, values: Values) -> Values:
    """The values with null in place of those of dropped columns."""
    if not definition.dropped:
        return values
    dropped = frozenset(definition.dropped)
    return tuple(None if position in dropped else value for position, value in enumerate(values))


def read_value(column: Column, sent: Value) -> Value:
    """The value that was sent for a column: in a numeric column, a text of a number is that number.

    JavaScript's numbers have 15 digits, so its programs send longer ones as text.
    """
    if not isinstance(sent, str) or not column.type.is_number:
        return sent
    number = exact_json.read_number(sent)
    return sent if number is None else number


def validate_patch(definition: Definition, given: Mapping[str, Value]) -> dict[int, Value]:
    """The values `given` by name, as a mapping by position, valid for any record.

    Raises Invalid with one fault for each unknown column, value of a wrong type, or null in a required column.
    """
    nothing_missing = (True,) * definition.width
    values = validate_values(definition, given, nothing_missing)
    return {column.position: values[column.position] for column in definition.columns if column.name in given}


def map_values_by_name(definition: Definition, values: Values) -> dict[str, Value]:
    """The values of a record by column name."""
    return {c.name: values[c.position] if c.position < len(values) else None for c in definition.columns}


def _find_missing(definition: Definition, values: Sequence[Value], refused: Collection[Column]) -> Iterable[Fault]:
    needed = definition.positions_needing_value
    for column in definition.columns:
        if column.position in needed and column not in refused and values[column.position] is None:
            pointer = f"/values/{escape_pointer_token(column.name)}"
            yield Fault(pointer, "required", f"column {column.name!r} needs a value")


def _describe_count(faults: Sequence[Fault]) -> str:
    return "one value was" if len(faults) == 1 else f"{len(faults)} values were"
