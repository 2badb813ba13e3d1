"""Equality of values as unique columns see it: numbers are compared by value, everything else as written."""

from collections.abc import Hashable, Sequence

from domain.columns import Value


def to_comparable(values: Sequence[Value]) -> Hashable:
    """Equal for values that a unique column treats as the same: 1.10 and 1.1 are the same, 1 and true are not."""
    return tuple([_to_comparable_value(value) for value in values])


def _to_comparable_value(value: Value) -> Hashable:
    match value:
        case bool():
            return "boolean", value
        case list():
            return "array", to_comparable(value)
        case dict():
            return "object", frozenset((name, _to_comparable_value(item)) for name, item in value.items())
        case _:
            return value
