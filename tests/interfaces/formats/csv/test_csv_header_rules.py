"""Whether the first row of a table is its header: years as names, and names that are also values."""

import pytest

from interfaces.formats.csv.layout.header_cells import is_header

ROWS = [["Chad", "5", "6"], ["Peru", "7", "8"]]


@pytest.mark.parametrize(
    "first",
    [
        ["land", "1990", "1991"],
        ["1990", "land", "1991"],
        ["land", "total", "1990"],
        ["land", "1500", "2200"],
        ["", "1990", "1991"],
    ],
)
def test_years_can_be_names(first: list[str]) -> None:
    assert is_header(first, ROWS)


@pytest.mark.parametrize(
    "first",
    [
        ["1990"],
        ["1990", "1991"],
        ["1990", "1991", "1992"],
        ["land", "1990", "1990"],
        ["land", "1499", "1990"],
        ["land", "1990", "2201"],
        ["land", "1990", "5"],
        ["land", "1990", "19910"],
        ["land", "990", "1990"],
        ["land", "1990", "1991.0"],
        ["land", "1990", "2024-01-31"],
        ["Chad", "1.5", "1990"],
    ],
)
def test_other_numbers_are_values(first: list[str]) -> None:
    assert not is_header(first, ROWS)


@pytest.mark.parametrize(
    ("first", "below", "expected"),
    [
        (["a", "b"], [["c", "d"]], True),
        (["a", "b"], [["a", "d"]], True),
        (["a", "b"], [["a", "d"], ["c", "b"]], False),
        (["a", "b"], [["b", "a"]], True),
        (["a", "b", "c"], [["a", "d", "e"]], True),
        (["a", "b", "c"], [["a", "b", "e"]], False),
        (["a", "b", "c", "d"], [["a", "b", "x", "y"]], True),
        (["a", ""], [["a", "d"]], False),
        (["a"], [["a"]], False),
        (["a"], [["b"], ["c"]], True),
        (["a", "b"], [["a"]], True),
        (["a", "b"], [], True),
        ([" ", ""], [["a", "b"]], False),
        ([], [["a"]], False),
    ],
)
def test_names_that_are_mostly_values_are_no_header(first: list[str], below: list[list[str]], expected: bool) -> None:
    assert is_header(first, below) is expected
