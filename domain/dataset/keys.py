"""Parses a key as clients write it: texts from a URL, or values by column name."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from domain import exact_json
from domain.columns import Column, ColumnType, Value, describe_type_error, quote_value
from domain.errors import Fault, Invalid, suggest_nearest
from domain.json_pointer import escape_pointer_token
from domain.schema import Definition, Values, read_value

Key = tuple[str, ...] | Mapping[str, Value]
"""Texts in the order of the key's columns, or values by the names of those columns."""


def get_key_columns(definition: Definition) -> tuple[Column, ...]:
    """The columns of the key, in the order of the key. Raises Invalid `no-key` for a dataset without a key."""
    if not definition.key:
        raise Invalid("no-key", f"The dataset {definition.name!r} has no key; address its records by their ids")
    columns = {column.position: column for column in definition.columns}
    return tuple(columns[position] for position in definition.key)


def parse_key(definition: Definition, key: Key) -> Values:
    """The values of `key` in the order of the key's columns.

    Raises Invalid if the dataset has no key, or if values are missing, unknown or of a wrong type.
    """
    columns = get_key_columns(definition)
    given = _parse_texts(columns, key) if isinstance(key, tuple) else _order_by_column(columns, key)
    pairs = zip(columns, given, strict=True)
    faults = tuple(fault for column, value in pairs if (fault := _find_fault(column, value)))
    if faults:
        raise Invalid("invalid-key", f"The key is refused: {faults[0].detail}", faults)
    return tuple(given)


def quote_key(definition: Definition, values: Sequence[Value]) -> str:
    """The key in a message: `sku = 'a', land = 'NO'`."""
    pairs = zip(get_key_columns(definition), values, strict=True)
    return ", ".join(f"{column.name} = {quote_value(value)}" for column, value in pairs)


def _parse_texts(columns: Sequence[Column], texts: tuple[str, ...]) -> list[Value]:
    if len(texts) != len(columns):
        names = ",".join(column.name for column in columns)
        detail = f"the key is {names}: {len(columns)} value(s) between commas, not {len(texts)}"
        raise Invalid("invalid-key", f"{detail}; a comma within a value is written %2C")
    return [_parse_text(column, text) for column, text in zip(columns, texts, strict=True)]


def _order_by_column(columns: Sequence[Column], given: Mapping[str, Value]) -> list[Value]:
    """The values of a key given by name. Raises Invalid for a name that is no column of the key."""
    names = [column.name for column in columns]
    faults = [
        Fault(
            f"/{escape_pointer_token(name)}",
            "unknown-column",
            f"{name!r} is not a column of the key: {suggest_nearest(name, names)}",
        )
        for name in given
        if name not in names
    ]
    if faults:
        raise Invalid("invalid-key", f"The key is refused: {faults[0].detail}", tuple(faults))
    return [read_value(column, given.get(column.name)) for column in columns]


def _find_fault(column: Column, value: Value) -> Fault | None:
    pointer = f"/{escape_pointer_token(column.name)}"
    if value is None:
        return Fault(pointer, "required", f"the key's column {column.name!r} needs a value")
    why = describe_type_error(column.type, value)
    return Fault(pointer, "type-error", f"the key's column {column.name!r}: {why}") if why else None


def _parse_text(column: Column, text: str) -> Value:
    """The value of `text` in a column. A text that is not valid there is returned unchanged, to be refused later."""
    match column.type:
        case ColumnType.INTEGER | ColumnType.DECIMAL:
            return _parse_number(column, text)
        case ColumnType.BOOLEAN:
            return {"true": True, "false": False}.get(text, text)
        case ColumnType.JSON:
            return _parse_json(text)
        case _:
            return text


def _parse_number(column: Column, text: str) -> Value:
    number = exact_json.read_number(text)
    if number is None:
        return text
    is_whole = isinstance(number, Decimal) and number == number.to_integral_value()
    return int(number) if is_whole and column.type is ColumnType.INTEGER and isinstance(number, Decimal) else number


def _parse_json(text: str) -> Value:
    try:
        value: Value = exact_json.loads(text)
    except ValueError as error:
        raise Invalid("invalid-key", f"The key's value {quote_value(text)} is not JSON: {error}") from None
    return value
