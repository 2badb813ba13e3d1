"""Values in another column type: which convert directly, which by way of their text, and which not at all."""

from decimal import Decimal
from typing import Any

import pytest

from domain.columns import ColumnType as Type
from domain.dataset.columns.value_conversion import (
    CannotConvert,
    convert_directly,
    file_may_know_text,
    keeps_values,
    needs_text,
    write_plain_text,
)

TYPES = list(Type)


@pytest.mark.parametrize(
    ("before", "after", "value", "converted"),
    [
        (Type.INTEGER, Type.DECIMAL, 2**70, 2**70),
        (Type.DECIMAL, Type.INTEGER, 5, 5),
        (Type.DECIMAL, Type.INTEGER, Decimal("5.00"), 5),
        (Type.DECIMAL, Type.INTEGER, Decimal("-1E+3"), -1000),
        (Type.DATE, Type.DATETIME, "2024-02-29", "2024-02-29T00:00:00"),
        (Type.DATETIME, Type.DATE, "2024-02-29T00:00:00", "2024-02-29"),
        (Type.DATETIME, Type.DATE, "2024-02-29T00:00:00.000", "2024-02-29"),
        (Type.DATE, Type.JSON, "2024-02-29", "2024-02-29"),
        (Type.BOOLEAN, Type.JSON, False, False),
        (Type.STRING, Type.JSON, '{"a": [1.10]}', {"a": [Decimal("1.10")]}),
        (Type.STRING, Type.JSON, "[1, 2", "[1, 2"),
        (Type.STRING, Type.JSON, "12", "12"),
        (Type.JSON, Type.BOOLEAN, True, True),
        (Type.JSON, Type.DECIMAL, 7, 7),
    ],
)
def test_values_convert_directly(before: Type, after: Type, value: Any, converted: Any) -> None:
    assert not needs_text(before, after, value)
    result = convert_directly(before, after, value)
    assert (type(result), result) == (type(converted), converted)
    assert repr(result) == repr(converted)


@pytest.mark.parametrize(
    ("before", "after", "value", "why"),
    [
        (Type.DECIMAL, Type.INTEGER, Decimal("1.5"), "expected an integer, got 1.5"),
        (Type.DATETIME, Type.DATE, "2024-02-29T12:30:00", "time of day"),
        (Type.DATETIME, Type.DATE, "2024-02-29T00:00:00Z", "offset"),
        (Type.DATETIME, Type.DATE, "2024-02-29T00:00:00.001", "time of day"),
        (Type.JSON, Type.INTEGER, [1], "expected an integer, got an array"),
        (Type.JSON, Type.DATE, {}, "expected a date like 2024-01-31, got an object"),
    ],
)
def test_values_without_an_equal_do_not_convert(before: Type, after: Type, value: Any, why: str) -> None:
    assert not needs_text(before, after, value)
    with pytest.raises(CannotConvert, match=why):
        convert_directly(before, after, value)


@pytest.mark.parametrize(
    ("before", "after", "value"),
    [
        (Type.STRING, Type.INTEGER, "5"),
        (Type.JSON, Type.DECIMAL, "5"),
        (Type.BOOLEAN, Type.INTEGER, True),
        (Type.INTEGER, Type.BOOLEAN, 1),
        (Type.INTEGER, Type.DATE, 20240229),
        (Type.DATE, Type.INTEGER, "2024-02-29"),
        (Type.STRING, Type.DATETIME, "2024-02-29"),
        (Type.JSON, Type.STRING, {"a": 1}),
    ],
)
def test_some_values_convert_by_way_of_their_text(before: Type, after: Type, value: Any) -> None:
    assert needs_text(before, after, value)


@pytest.mark.parametrize("after", [after for after in TYPES if after is not Type.STRING])
@pytest.mark.parametrize("before", TYPES)
def test_null_stays_null(before: Type, after: Type) -> None:
    assert not needs_text(before, after, None)
    assert convert_directly(before, after, None) is None


def test_only_text_can_say_more_than_null() -> None:
    assert needs_text(Type.INTEGER, Type.STRING, None)


def test_plain_text_is_that_of_json() -> None:
    values = ("a", True, Decimal("1.10"), 2**70, {"a": [None]}, None)
    assert [write_plain_text(value) for value in values] == ["a", "true", "1.10", str(2**70), '{"a":[null]}', None]


def test_some_types_contain_others() -> None:
    pairs = {(before, after) for before in TYPES for after in TYPES if keeps_values(before, after)}
    to_json = {(before, Type.JSON) for before in TYPES if before is not Type.STRING}
    assert pairs == {(Type.INTEGER, Type.DECIMAL), *to_json}


@pytest.mark.parametrize("before", [type for type in TYPES if type not in (Type.STRING, Type.JSON)])
@pytest.mark.parametrize("after", TYPES)
def test_a_file_is_asked_for_the_text_of_values_that_need_it(before: Type, after: Type) -> None:
    a_value: dict[Type, Any] = {
        Type.INTEGER: 1,
        Type.DECIMAL: Decimal("1.5"),
        Type.BOOLEAN: True,
        Type.DATE: "2024-02-29",
        Type.DATETIME: "2024-02-29T00:00:00",
    }
    if before is not after:
        assert file_may_know_text(before, after) == needs_text(before, after, a_value[before])


def test_a_file_is_not_asked_for_text_that_stands_in_the_column() -> None:
    assert not any(file_may_know_text(Type.STRING, after) for after in TYPES)
    assert [after for after in TYPES if file_may_know_text(Type.JSON, after)] == [Type.STRING]
