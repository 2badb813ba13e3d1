"""JSON that keeps every digit."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import exact_json
from domain.columns import MAX_DIGITS


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None),
        ("true", True),
        ('"é\\u0041"', "éA"),
        ("1", 1),
        ("-0", 0),
        ("1.0", Decimal("1.0")),
        ("1.10", Decimal("1.10")),
        ("-1.5e-3", Decimal("-0.0015")),
        ("1e2", 100),
        ("1e0", 1),
        ("1.5e1", 15),
        (f"1e{MAX_DIGITS}", 10**MAX_DIGITS),
        ("1e1001", Decimal("1E+1001")),
        ("-0.0", Decimal("0.0")),
        ("-0e-2", Decimal("0.00")),
        ("9" * 4000, int("9" * 4000)),
        ('[1,[],{"a":1.0}]', [1, [], {"a": Decimal("1.0")}]),
    ],
)
def test_json_is_read(text: str, value: object) -> None:
    assert repr(exact_json.loads(text)) == repr(value)
    assert repr(exact_json.loads(text.encode())) == repr(value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Expecting value"),
        ("NaN", "NaN is not a JSON number"),
        ("[-Infinity]", "-Infinity is not a JSON number"),
        ('{"a":1,"b":2,"b":2}', "the name 'b' is repeated in one object"),
        ("1e9999999999999999999", "the number 1e9999999999999999999 is out of range"),
        ("1." + "1" * 40 + "e9999999999999999999", "the number 1." + "1" * 28 + " is out of range"),
        ("9" * 4001, "an integer of 4001 digits is out of range"),
        ("[" * 200_000, "nested too deeply"),
    ],
)
def test_what_is_not_exact_json_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError) as caught:
        exact_json.loads(text)
    assert str(caught.value).startswith(why)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        ('a"é', '"a\\"é"'),
        (7, "7"),
        (Decimal("1.10"), "1.10"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E-7"), "0.0000001"),
        (Decimal("-0.0"), "0.0"),
        (Decimal("-1.0"), "-1.0"),
        ([1, (2, None)], "[1,[2,null]]"),
        ({"a": {"b": []}, "c": 1}, '{"a":{"b":[]},"c":1}'),
    ],
)
def test_json_is_written(value: object, text: str) -> None:
    assert exact_json.dumps(value) == text


@pytest.mark.parametrize("value", [1.5, {1}, object()])
def test_other_values_are_not_json(value: object) -> None:
    with pytest.raises(TypeError, match=f"not a JSON value: {type(value).__name__}"):
        exact_json.dumps(value)


NUMBERS = st.integers() | st.decimals(allow_nan=False, allow_infinity=False, places=3)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(VALUES)
def test_what_is_written_is_read_again(value: Any) -> None:
    text = exact_json.dumps(value)
    assert exact_json.loads(text) == value
    assert exact_json.dumps(exact_json.loads(text)) == text
