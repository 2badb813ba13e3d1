"""Which values are the same for a unique column."""

from decimal import Decimal

import pytest

from domain.columns import Value
from domain.equality import to_comparable


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, Decimal("1.0")),
        (Decimal("1.10"), Decimal("1.1")),
        ([1], [Decimal("1.00")]),
        ({"a": 1, "b": [2]}, {"b": [Decimal("2.0")], "a": 1}),
        ("a", "a"),
        (None, None),
    ],
)
def test_the_same(one: Value, other: Value) -> None:
    assert to_comparable([one]) == to_comparable([other])
    assert len({to_comparable([one]), to_comparable([other])}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (0, False),
        (0, None),
        (1, "1"),
        (True, "true"),
        (True, False),
        ("a", "A"),
        ([], {}),
        ([1], 1),
        ([1], [True]),
        ([1], [1, 1]),
        ([1, 2], [2, 1]),
        ([[1]], [1]),
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"b": 1}),
        ({"a": 1}, {"a": True}),
        ({"a": 1}, [["a", 1]]),
        ({"a": 1}, {"a": 1, "b": None}),
    ],
)
def test_not_the_same(one: Value, other: Value) -> None:
    assert to_comparable([one]) != to_comparable([other])


def test_a_sequence_is_not_its_only_value() -> None:
    assert to_comparable(["a", None]) != to_comparable(["a"])
    assert to_comparable(["boolean", True]) != to_comparable([True])
    assert to_comparable([["a"]]) != to_comparable(["array", "a"])
