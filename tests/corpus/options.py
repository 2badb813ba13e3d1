"""The client's options for a file: used, or refused if they are invalid."""

from decimal import Decimal

from tests.corpus.case import Case, refused, table, texts

AB = {"a": "integer", "b": "string"}

CASES = (
    Case(
        "a delimiter from the options",
        "a;b,c\n1;x,2\n",
        table({"a;b": "string", "c": "integer"}, ["1;x", 2]),
        {"delimiter": ","},
    ),
    Case("a delimiter that no line has", "a,b\n1,x\n", texts("a,b", ["1,x"]), {"delimiter": ";"}),
    Case("a delimiter of two characters", "a,b\n1,x\n", refused("invalid-options"), {"delimiter": ";;"}),
    Case("a delimiter that ends lines", "a,b\n1,x\n", refused("invalid-options"), {"delimiter": "\n"}),
    Case("a quote that is the delimiter", "a,b\n1,x\n", refused("invalid-options"), {"delimiter": ",", "quote": ","}),
    Case("an option that is unknown", "a,b\n1,x\n", refused("unknown-option"), {"delimeter": ","}),
    Case("a type that is unknown", "a,b\n1,x\n", refused("invalid-options"), {"columns": {"a": "number"}}),
    Case("a column that the file has not", "a,b\n1,x\n", table(AB, [1, "x"]), {"columns": {"z": "string"}}),
    Case(
        "types for some columns",
        "a,b\n1,2\n",
        table({"a": "string", "b": "integer"}, ["1", 2]),
        {"columns": {"a": "string"}},
    ),
    Case(
        "names and types in a list",
        "7,x,1.50\n",
        table({"n": "string", "s": "string", "d": "decimal"}, ["7", "x", Decimal("1.50")]),
        {"columns": [{"name": "n", "type": "string"}, "s", {"name": "d", "type": "decimal"}]},
    ),
    Case("lines to skip beyond the end", "a,b\n1,x\n", refused("empty-file"), {"skip_rows": 9}),
    Case("lines to skip, not one", "title\n\na,b\n1,x\n", table(AB, [1, "x"]), {"skip_rows": 2}),
    Case("lines to skip below zero", "a,b\n1,x\n", refused("invalid-options"), {"skip_rows": -1}),
    Case(
        "a header below skipped lines, none",
        "skip\n1,x\n2,y\n",
        table({"column_1": "integer", "column_2": "string"}, [1, "x"], [2, "y"]),
        {"skip_rows": 1, "header": False},
    ),
    Case(
        "all of it at once",
        "%\nx;y;z\n|1;5|;NULLO;31.12.99\n%\n2,5;7;01.01.00\n",
        table({"x": "string", "y": "integer", "z": "date"}, ["1;5", None, "1999-12-31"], ["2,5", 7, "2000-01-01"]),
        {"delimiter": ";", "quote": "|", "comment": "%", "null_values": ["NULLO"], "date_format": "DD.MM.YY"},
    ),
    Case(
        "decimals by comma for all columns",
        "a;b\n1,5;1.234\n2,25;5.678\n",
        table({"a": "decimal", "b": "integer"}, [Decimal("1.5"), 1234], [Decimal("2.25"), 5678]),
        {"decimal": ","},
    ),
    Case("a sheet of a file that has none", "a,b\n1,x\n", table(AB, [1, "x"]), {"sheet": 1}),
)
