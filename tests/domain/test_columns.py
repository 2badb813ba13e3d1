"""Which values each type of column accepts, and how messages quote values."""

from decimal import Decimal
from typing import Any

import pytest

from domain.columns import (
    MAX_DEPTH,
    MAX_DIGITS,
    ColumnType,
    Value,
    describe_type_error,
    is_date,
    is_datetime,
    quote_value,
)

BIG = 10**MAX_DIGITS
NO_INTEGER, NO_NUMBER = "expected an integer, got ", "expected a number, got "
NO_DATE, NO_TIME = "expected a date like 2024-01-31, got ", "expected a time like 2024-01-31T12:30:00Z, got "
ZERO_CHARACTER = "a string must not contain the character U+0000"
HALF_PAIR = "a string must not contain half of a surrogate pair"


def test_the_limits() -> None:
    assert (MAX_DIGITS, MAX_DEPTH) == (1000, 100)


def nested(depth: int, innermost: Value = None) -> Value:
    value = innermost
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


@pytest.mark.parametrize(
    ("type", "value"),
    [
        (ColumnType.STRING, ""),
        (ColumnType.STRING, "1"),
        (ColumnType.STRING, "é😀"),
        (ColumnType.INTEGER, 0),
        (ColumnType.INTEGER, -7),
        (ColumnType.INTEGER, Decimal(7)),
        (ColumnType.INTEGER, BIG - 1),
        (ColumnType.INTEGER, 1 - BIG),
        (ColumnType.DECIMAL, 7),
        (ColumnType.DECIMAL, Decimal("1.10")),
        (ColumnType.DECIMAL, Decimal("1E+2")),
        (ColumnType.DECIMAL, Decimal("1." + "1" * (MAX_DIGITS - 1))),
        (ColumnType.DECIMAL, Decimal((0, (1,), -MAX_DIGITS))),
        (ColumnType.DECIMAL, Decimal((0, (1,), MAX_DIGITS))),
        (ColumnType.BOOLEAN, True),
        (ColumnType.BOOLEAN, False),
        (ColumnType.DATE, "2024-02-29"),
        (ColumnType.DATETIME, "2024-02-29T23:59:59.123456789+15:59"),
        (ColumnType.JSON, None),
        (ColumnType.JSON, True),
        (ColumnType.JSON, "text"),
        (ColumnType.JSON, 1),
        (ColumnType.JSON, {"a": [None, False, "b", 1, Decimal("1.5"), {}]}),
        (ColumnType.JSON, nested(MAX_DEPTH)),
    ],
)
def test_a_value_is_accepted(type: ColumnType, value: Value) -> None:
    assert describe_type_error(type, value) is None


@pytest.mark.parametrize(
    ("type", "value", "why"),
    [
        (ColumnType.STRING, 1, "expected a string, got 1"),
        (ColumnType.STRING, None, "expected a string, got null"),
        (ColumnType.STRING, "a\x00", ZERO_CHARACTER),
        (ColumnType.STRING, "a\ud83d", HALF_PAIR),
        (ColumnType.INTEGER, "7", NO_INTEGER + "'7'"),
        (ColumnType.INTEGER, True, NO_INTEGER + "true"),
        (ColumnType.INTEGER, Decimal("7.0"), NO_INTEGER + "7.0"),
        (ColumnType.INTEGER, Decimal("7E+1"), NO_INTEGER + "7E+1"),
        (ColumnType.INTEGER, BIG, NO_INTEGER + "1" + "0" * 56 + "…"),
        (ColumnType.INTEGER, -BIG, NO_INTEGER + "-1" + "0" * 55 + "…"),
        (ColumnType.DECIMAL, "1.5", NO_NUMBER + "'1.5'"),
        (ColumnType.DECIMAL, False, NO_NUMBER + "false"),
        (ColumnType.DECIMAL, None, NO_NUMBER + "null"),
        (ColumnType.DECIMAL, Decimal("1." + "1" * MAX_DIGITS), NO_NUMBER + "1." + "1" * 55 + "…"),
        (ColumnType.DECIMAL, Decimal((0, (1,), MAX_DIGITS + 1)), NO_NUMBER + "1E+1001"),
        (ColumnType.DECIMAL, Decimal((0, (1,), -MAX_DIGITS - 1)), NO_NUMBER + "1E-1001"),
        (ColumnType.DECIMAL, Decimal("NaN"), NO_NUMBER + "NaN"),
        (ColumnType.DECIMAL, Decimal("Infinity"), NO_NUMBER + "Infinity"),
        (ColumnType.BOOLEAN, 1, "expected true or false, got 1"),
        (ColumnType.BOOLEAN, "true", "expected true or false, got 'true'"),
        (ColumnType.DATE, "2023-02-29", NO_DATE + "'2023-02-29'"),
        (ColumnType.DATE, 20240229, NO_DATE + "20240229"),
        (ColumnType.DATETIME, "2024-02-29", NO_TIME + "'2024-02-29'"),
        (ColumnType.DATETIME, [], NO_TIME + "an array"),
        (ColumnType.JSON, "\x00", ZERO_CHARACTER),
        (ColumnType.JSON, [[1, "\x00"]], ZERO_CHARACTER),
        (ColumnType.JSON, {"\ud800": 1}, HALF_PAIR),
        (ColumnType.JSON, {"a": {"b": "\ud800"}}, HALF_PAIR),
        (ColumnType.JSON, [BIG], "the number 1" + "0" * 56 + "… is too long"),
        (ColumnType.JSON, {"a": Decimal("NaN")}, "the number NaN is too long"),
        (ColumnType.JSON, nested(MAX_DEPTH + 1), "a value must not be nested deeper than 100 arrays and objects"),
    ],
)
def test_a_value_is_refused(type: ColumnType, value: Value, why: str) -> None:
    assert describe_type_error(type, value) == why


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31", "2024-02-29", "2000-02-29", "1970-01-31"])
def test_a_date(text: str) -> None:
    assert is_date(text)


@pytest.mark.parametrize(
    "text",
    ["", "0000-01-01", "2023-02-29", "1900-02-29", "2024-13-01", "2024-04-31", "2024-1-1", "20240101", "2024-01-01 ",
     "2024-W01-1", "٢٠٢٤-01-01", "2024-01-01T00:00:00Z"],
)  # fmt: skip
def test_no_date(text: str) -> None:
    assert is_date(text) is False


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-29T00:00:00",
        "2024-02-29T23:59:59Z",
        "2024-02-29T20:30:00.1+00:00",
        "2024-02-29T20:30:00.123456789-09:30",
        "0001-01-01T00:00:00+15:59",
        "9999-12-31T23:59:59-15:59",
    ],
)
def test_a_datetime(text: str) -> None:
    assert is_datetime(text)


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-29",
        "2023-02-29T00:00:00Z",
        "2024-02-29 00:00:00Z",
        "2024-02-29T24:00:00Z",
        "2024-02-29T23:60:00Z",
        "2024-02-29T23:59:60Z",
        "2024-02-29T23:59Z",
        "2024-02-29T23:59:59.Z",
        "2024-02-29T23:59:59.1234567890Z",
        "2024-02-29T23:59:59z",
        "2024-02-29T23:59:59+16:00",
        "2024-02-29T23:59:59+0100",
        "2024-02-29T23:59:59+01:60",
        "2024-02-29T23:59:59Z ",
    ],
)
def test_no_datetime(text: str) -> None:
    assert is_datetime(text) is False


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        ("a'b", "'a'b'"),
        (1, "1"),
        (Decimal("1.10"), "1.10"),
        ([1], "an array"),
        ({"a": 1}, "an object"),
        ("x" * 58, "'" + "x" * 58 + "'"),
        ("x" * 59, "'" + "x" * 56 + "…"),
    ],
)
def test_a_message_quotes_a_value(value: Any, text: str) -> None:
    assert quote_value(value) == text
