"""What notes must say: what stands in the way of a type, what is hidden or merged, what looks like a number."""

import json
from datetime import date
from typing import Any

from tests.corpus.case import Case, column, table, texts
from tests.corpus.workbooks import book, of

DAYS = [date(2024, 5, day) for day in range(1, 6)]
ISO_DAYS = [day.isoformat() for day in DAYS]


def hide_parts(made: Any) -> None:
    made.active.row_dimensions[3].hidden = True
    made.active.column_dimensions["B"].hidden = True
    made.active.merge_cells("A4:A5")


def show_zeros(made: Any) -> None:
    for number in range(2, made.active.max_row + 1):
        made.active.cell(number, 1).number_format = "00000"


def of_values(title: str, values: list[object], kept: list[str], notes: list[str]) -> Case:
    """A JSON file of one column that is text."""
    data = json.dumps([{"v": value} for value in values], indent=0)
    return Case(title, data, table({"v": "string"}, *([value] for value in kept), notes=notes), {}, "file.json")


CASES = (
    Case(
        "words among numbers",
        "id,v\n1,8\n2,tba\n3,9\n4,12\n5,none yet\n6,14\n7,15\n8,n/k\n9,16\n10,17\n11,tba\n12,18\n",
        column(
            *("string", "8", "tba", "9", "12", "none yet", "14", "15", "n/k", "16", "17", "tba", "18"),
            notes=["because of 'tba' (line 3), 'none yet' (line 6), 'n/k' (line 9) and 1 more: each other value"],
        ),
    ),
    Case(
        "blanks around a few numbers",
        "id,v\n1,8\n2, 9\n3,10\n4,11\n",
        column("string", "8", " 9", "10", "11", notes=["' 9' (line 3)", "Set options.trim to true"]),
    ),
    Case(
        "texts as formulas",
        'no,v\n="0012",1\n"=""0013""",2\n',
        table(
            {"no": "string", "v": "integer"},
            *(["0012", 1], ["0013", 2]),
            notes=["Values written as formulas, first '=\"0012\"' in line 2"],
        ),
    ),
    of(
        "words among numbers in a sheet",
        book([["v"], [8], ["tba"], [9.5], [12]]),
        table(
            {"v": "string"},
            *(["8"], ["tba"], ["9.5"], ["12"]),
            notes=["because of 'tba' (row 3): each other value is a number."],
        ),
    ),
    of(
        "words among days in a sheet",
        book([["v"], *([day] for day in DAYS), ["soon"]]),
        table(
            {"v": "string"},
            *([day] for day in [*ISO_DAYS, "soon"]),
            notes=["because of 'soon' (row 7): each other value is a date.", '{"v": "date"}'],
        ),
    ),
    of(
        "hidden and merged cells",
        book([["a", "b"], ["x", 1], ["y", 2], ["z", 3], [None, 4]], change=hide_parts),
        table(
            {"a": "string", "b": "integer"},
            *(["x", 1], ["y", 2], ["z", 3], [None, 4]),
            notes=["Row 3 is hidden", "Column 'b' is hidden", "The cells A4:A5 are merged"],
        ),
    ),
    of(
        "zip codes that are numbers",
        book([["zip", "n"], [1067, 1], [20095, 2]], change=show_zeros),
        table({"zip": "string", "n": "integer"}, ["01067", 1], ["20095", 2], notes=["'01067' in row 2; this text"]),
    ),
    of(
        "texts as formulas in a sheet",
        book([["no", "n"], ['="0012"', 1], ['="0013"', 2]]),
        table({"no": "string", "n": "integer"}, ["0012", 1], ["0013", 2]),
    ),
    of(
        "numbers as names in a sheet",
        book([["region", 1, 2, 3], ["North", 10, 25, 31], ["South", 8, 9, 14]]),
        table(
            {"region": "string", "1": "integer", "2": "integer", "3": "integer"},
            *(["North", 10, 25, 31], ["South", 8, 9, 14]),
        ),
    ),
    of(
        "days as names in a sheet",
        book([["region", date(2024, 1, 31), date(2024, 2, 29)], ["North", 7, 8], ["South", 9, 6]]),
        table(
            {"region": "string", "2024-01-31": "integer", "2024-02-29": "integer"}, ["North", 7, 8], ["South", 9, 6]
        ),
    ),
    of(
        "a title above a sheet of text, and its header repeated",
        book([["Staff"], ["name", "town"], ["Al", "Oslo"], ["name", "town"], ["Bo", "Rome"]]),
        texts("name town", ["Al", "Oslo"], ["Bo", "Rome"], rejects=[(4, None, "duplicate-row")]),
    ),
    of_values(
        "words among numbers in JSON",
        [8, 9, "tba", 12],
        ["8", "9", "tba", "12"],
        ["because of 'tba' (line", "each other value is an integer."],
    ),
    of_values(
        "words among days in JSON",
        ["soon", *ISO_DAYS],
        ["soon", *ISO_DAYS],
        ["because of 'soon' (line", "each other value is a date like 2024-01-31."],
    ),
)
