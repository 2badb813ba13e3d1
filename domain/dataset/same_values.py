"""Whether two values are written the same way, so that a record does not change."""

from domain.columns import Value
from domain.schema import Values


def have_same_values(before: Values, after: Values) -> bool:
    """Whether all values are the same as written: 1.10 and 1.1 differ, 1 and true differ, 1 and "1" differ.

    The order of the names in an object does not matter. `before` may be shorter: columns added later are null.
    """
    before = before + (None,) * (len(after) - len(before))
    pairs = zip(before, after, strict=True)
    return all(one is other or _normalize_value(one) == _normalize_value(other) for one, other in pairs)


def _normalize_value(value: Value) -> object:
    match value:
        case list():
            return [_normalize_value(item) for item in value]
        case dict():
            return {name: _normalize_value(item) for name, item in value.items()}
        case _:
            return type(value), str(value)
