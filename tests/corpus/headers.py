"""Headers that are missing, blank, repeated, of several rows or wider than the table; lines above them."""

from decimal import Decimal

from tests.corpus.case import Case, refused, table, texts

CASES = (
    Case(
        "no header: the first row holds values",
        "1,x\n2,y\n",
        table({"column_1": "integer", "column_2": "string"}, [1, "x"], [2, "y"], header=False),
    ),
    Case("no header, by option", "a,b\nc,d\n", texts("column_1 column_2", ["a", "b"], ["c", "d"]), {"header": False}),
    Case(
        "a header of values, by option",
        "1,2\n3,4\n",
        table({"1": "integer", "2": "integer"}, [3, 4]),
        {"header": True},
    ),
    Case(
        "years may be names",
        "country,2023,2024\nNO,1,2\nSE,3,4\n",
        table({"country": "string", "2023": "integer", "2024": "integer"}, ["NO", 1, 2], ["SE", 3, 4], header=True),
    ),
    Case("a blank name", "a,,c\n1,2,3\n", table({"a": "integer", "column_2": "integer", "c": "integer"}, [1, 2, 3])),
    Case(
        "a name of blanks",
        "a,  ,c\n1,2,3\n",
        table({"a": "integer", "column_2": "integer", "c": "integer"}, [1, 2, 3]),
    ),
    Case(
        "pandas' index has no name",
        ",name,n\n0,Ann,1\n1,Bob,2\n",
        table({"column_1": "integer", "name": "string", "n": "integer"}, [0, "Ann", 1], [1, "Bob", 2]),
    ),
    Case("a repeated name", "a,a,a\n1,2,3\n", table({"a": "integer", "a_2": "integer", "a_3": "integer"}, [1, 2, 3])),
    Case(
        "a repeated name whose number is taken",
        "a,a,a_2\n1,2,3\n",
        table({"a": "integer", "a_3": "integer", "a_2": "integer"}, [1, 2, 3]),
    ),
    Case("names that differ by case are two", "a,A\n1,2\n", table({"a": "integer", "A": "integer"}, [1, 2])),
    Case(
        "names in other letters",
        "名前,größe,имя\nx,1,y\n",
        table({"名前": "string", "größe": "integer", "имя": "string"}, ["x", 1, "y"]),
    ),
    Case(
        "names with signs",
        "Unit price ($),50%,a.b,c/d\n1,2,3,4\n",
        table(dict.fromkeys(["Unit price ($)", "50%", "a.b", "c/d"], "integer"), [1, 2, 3, 4]),
    ),
    Case(
        "a header of two rows",
        "2023,,2024,\nQ1,Q2,Q1,Q2\n1,2,3,4\n",
        table(dict.fromkeys(["2023 Q1", "2023 Q2", "2024 Q1", "2024 Q2"], "integer"), [1, 2, 3, 4]),
        {"header": 2},
    ),
    Case(
        "a title above the table",
        "Sales of 2024\n\nname,n,price\nAnn,1,2.50\nBob,2,3.75\n",
        table(
            {"name": "string", "n": "integer", "price": "decimal"},
            ["Ann", 1, Decimal("2.50")],
            ["Bob", 2, Decimal("3.75")],
            notes=["Sales of 2024"],
        ),
    ),
    Case(
        "a report's preamble",
        "Report,Sales\nDate,2024-01-31\n\nname,n,price\nAnn,1,2.50\nBob,2,3.75\n",
        table(
            {"name": "string", "n": "integer", "price": "decimal"},
            ["Ann", 1, Decimal("2.50")],
            ["Bob", 2, Decimal("3.75")],
            notes=["2024-01-31"],
        ),
    ),
    Case(
        "lines skipped by option",
        "x,y\nz\na,b\n1,2\n",
        table({"a": "integer", "b": "integer"}, [1, 2]),
        {"skip_rows": 2},
    ),
    Case(
        "a delimiter behind each line",
        "a,b,\n1,x,\n2,y,\n",
        table({"a": "integer", "b": "string"}, [1, "x"], [2, "y"]),
    ),
    Case(
        "a delimiter behind each row, not behind the header",
        "a,b\n1,x,\n2,y,\n",
        table({"a": "integer", "b": "string"}, [1, "x"], [2, "y"]),
    ),
    Case(
        "a delimiter behind each line, and a row of nothing else",
        "a,b,\n,,\n1,x,\n",
        table({"a": "integer", "b": "string"}, [None, None], [1, "x"]),
    ),
    Case("a delimiter behind each line of one column", 'a,\nx,\n,\n"",\n', texts("a", ["x"], [None], [""])),
    Case(
        "many delimiters behind each line",
        "a,b,,,\n1,x,,,\n2,y,,,\n",
        table({"a": "integer", "b": "string"}, [1, "x"], [2, "y"]),
    ),
    Case(
        "a column without a name that holds values",
        "a,b\n1,x,9\n2,y,8\n",
        table({"a": "integer", "b": "string", "column_3": "integer"}, [1, "x", 9], [2, "y", 8]),
    ),
    Case(
        "names for all columns, by option",
        "1,x\n2,y\n",
        table({"n": "integer", "s": "string"}, [1, "x"], [2, "y"]),
        {"columns": ["n", "s"]},
    ),
    Case("too few names, by option", "1,x\n2,y\n", refused("invalid-options"), {"columns": ["n"]}),
    Case(
        "a header of text above text",
        "name,city\nAnn,Oslo\nBob,Rome\n",
        texts("name city", ["Ann", "Oslo"], ["Bob", "Rome"], header=True),
    ),
    Case("names in quotes", '"a","b c"\n1,2\n', table({"a": "integer", "b c": "integer"}, [1, 2])),
    Case(
        "a mark before a quoted name", b'\xef\xbb\xbf"a","b"\n1,2\n', table({"a": "integer", "b": "integer"}, [1, 2])
    ),
    Case(
        "two columns named after SQL", 'select,"from"\n1,2\n', table({"select": "integer", "from": "integer"}, [1, 2])
    ),
    Case(
        "a header of two thousand columns",
        ",".join(f"c{n}" for n in range(2_000)) + "\n" + ",".join("1" * 2_000) + "\n",
        table({f"c{n}": "integer" for n in range(2_000)}, [1] * 2_000),
    ),
)
