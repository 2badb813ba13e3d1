"""Rows of too few or too many cells are rejects, with their line in the file; the others are read."""

from decimal import Decimal

from tests.corpus.case import Case, refused, table

ABC = {"a": "integer", "b": "string", "c": "integer"}
GOOD = ([1, "x", 3], [4, "y", 6])

CASES = (
    Case("a row too short", "a,b,c\n1,x,3\n9,z\n4,y,6\n", table(ABC, *GOOD, rejects=[(3, "c", "missing-cell")])),
    Case("a row too long", "a,b,c\n1,x,3\n9,z,1,2\n4,y,6\n", table(ABC, *GOOD, rejects=[(3, None, "extra-cell")])),
    Case(
        "several of both",
        "a,b,c\n9\n1,x,3\n9,z,1,2,3\n4,y,6\n9,z\n",
        table(ABC, *GOOD, rejects=[(2, "b", "missing-cell"), (4, None, "extra-cell"), (6, "c", "missing-cell")]),
    ),
    Case("surplus cells that are empty in most rows are none", "a,b,c\n1,x,3,,\n4,y,6,\n", table(ABC, *GOOD)),
    Case(
        "one surplus delimiter shifts a row",
        "d,t,q,note\n1,00:15,3,\n2,,00:30,4,\n3,00:45,5,x\n",
        table(
            {"d": "integer", "t": "string", "q": "integer", "note": "string"},
            [1, "00:15", 3, None],
            [3, "00:45", 5, "x"],
            rejects=[(3, None, "extra-cell")],
        ),
    ),
    Case(
        "surplus delimiters in one row of many, below quotes",
        'a,b,c\n1,"x\ny",3\n4,y,6\n9,z,1,,\n4,y,6\n',
        table(ABC, [1, "x\ny", 3], [4, "y", 6], [4, "y", 6], rejects=[(5, None, "extra-cell")]),
    ),
    Case(
        "a surplus delimiter far below",
        "a,b,c\n" + "4,y,6\n" * 50_000 + "9,z,1,",
        table(ABC, *[[4, "y", 6]] * 50_000, rejects=[(50_002, None, "extra-cell")]),
    ),
    Case(
        "a surplus delimiter in a file without quotes",
        "a;b;c\r\n1;x;3\r\n9;;z;1;\r\n4;y;6\r\n",
        table(ABC, *GOOD, rejects=[(3, None, "extra-cell")]),
        {"quote": ""},
    ),
    Case(
        "a reject below a cell of three lines",
        'a,b,c\n1,"x\ny\nz",3\n9,z\n4,y,6\n',
        table(ABC, [1, "x\ny\nz", 3], [4, "y", 6], rejects=[(5, "c", "missing-cell")]),
    ),
    Case(
        "a reject below blank lines",
        "a,b,c\n\n\n1,x,3\n\n9\n4,y,6\n",
        table(ABC, *GOOD, rejects=[(6, "b", "missing-cell")]),
    ),
    Case(
        "a reject in a file of CR",
        "a,b,c\r1,x,3\r9,z\r4,y,6\r",
        table(ABC, *GOOD, rejects=[(3, "c", "missing-cell")]),
    ),
    Case(
        "a reject in UTF-16",
        "\ufeffa,b,c\n1,x,3\n9,z\n4,y,6\n".encode("utf-16-le"),
        table(ABC, *GOOD, rejects=[(3, "c", "missing-cell")]),
    ),
    Case(
        "a reject below lines that were skipped",
        "# made\n# in May\na,b,c\n1,x,3\n9\n4,y,6\n",
        table(ABC, *GOOD, rejects=[(5, "b", "missing-cell")]),
    ),
    Case(
        "a total below the table",
        "a,b,c\n1,x,3\n4,y,6\nTotal: 2\n",
        table(ABC, *GOOD, rejects=[(4, "b", "missing-cell")]),
    ),
    Case(
        "a value that does not fit its declared type",
        "a,b,c\n1,x,3\nnine,z,9\n4,y,6\n",
        table(ABC, *GOOD, rejects=[(3, "a", "type-error")]),
        {"columns": {"a": "integer"}},
    ),
    Case(
        "bad rows are left out, by option",
        "a,b,c\n1,x,3\n9,z\n4,y,6\n",
        table(ABC, *GOOD, rejects=[(3, "c", "missing-cell")]),
        {"on_error": "reject"},
    ),
    Case(
        "a width that was never alike",
        "a,b,c\n1\n1,2\n1,2,3\n1,2,3\n",
        table(
            dict.fromkeys("abc", "integer"),
            [1, 2, 3],
            [1, 2, 3],
            rejects=[(2, "b", "missing-cell"), (3, "c", "missing-cell")],
        ),
    ),
    Case("an action on errors that is none", "a,b\n1,2\n", refused("invalid-options"), {"on_error": "ignore"}),
    Case(
        "all rows are short alike",
        "sku,qty,note\nA1,3\nB2,5\n",
        table(
            {"sku": "string", "qty": "integer", "note": "string"},
            ["A1", 3, None],
            ["B2", 5, None],
            notes=["Short rows were padded with nulls: all of the first 2 rows have 2 of 3 cells"],
        ),
    ),
    Case(
        "most rows are short alike, some have line ends in quotes",
        'a,b,c\n1,x\n2,"y\nz"\n4,y,6\n7,v\n9\n8,u\n',
        table(
            ABC,
            [1, "x", None],
            [2, "y\nz", None],
            [4, "y", 6],
            [7, "v", None],
            [8, "u", None],
            rejects=[(7, "b", "missing-cell")],
            notes=["most of the first 6 rows have 2 of 3 cells"],
        ),
    ),
    Case(
        "half of the rows are short",
        "a,b,c\n1,x,3\n9,z\n8,w\n4,y,6\n",
        table(ABC, *GOOD, rejects=[(3, "c", "missing-cell"), (4, "c", "missing-cell")]),
    ),
    Case(
        "short rows are padded, by option",
        "a;b;c\r\n1;x;3\r\n9\r\n\r\n8;w\r\n4;y;6;7\r\n",
        table(ABC, [1, "x", 3], [9, None, None], [8, "w", None], rejects=[(6, None, "extra-cell")]),
        {"short_rows": "pad"},
    ),
    Case(
        "short rows below a title are padded up to the names, by option",
        'Stock\n\na,b,c,,\n1,"x",3\n9,z\n4,y,6\n',
        table(ABC, [1, "x", 3], [9, "z", None], [4, "y", 6]),
        {"short_rows": "pad"},
    ),
    Case(
        "short rows without a header are padded up to the longest, by option",
        "5,x\n6,y,2.5\n7\n",
        table(
            {"column_1": "integer", "column_2": "string", "column_3": "decimal"},
            [5, "x", None],
            [6, "y", Decimal("2.5")],
            [7, None, None],
        ),
        {"short_rows": "pad", "header": False},
    ),
    Case(
        "short rows are rejected, by option",
        "sku,qty,note\nA1,3\nB2,5,new\nC3,4\n",
        table(
            {"sku": "string", "qty": "integer", "note": "string"},
            ["B2", 5, "new"],
            rejects=[(2, "note", "missing-cell"), (4, "note", "missing-cell")],
        ),
        {"short_rows": "reject"},
    ),
    Case("a treatment of short rows that is none", "a,b\n1,2\n", refused("invalid-options"), {"short_rows": "drop"}),
    Case(
        "a short header, repeated",
        "a,b\n1,x,3\na,b\n4,y,6\n",
        table({"a": "integer", "b": "string", "column_3": "integer"}, *GOOD, rejects=[(3, None, "duplicate-row")]),
    ),
    Case(
        "one row, and it is too wide",
        "id,name,lat\n1,Ann,0,extra\n",
        table(dict.fromkeys(["id", "name", "lat"], "string"), rejects=[(2, None, "extra-cell")]),
    ),
    Case(
        "no row as wide as the header",
        "code,town,year\nK1,Oslo\nK2,Bergen,1990,extra\n",
        table(
            dict.fromkeys(["code", "town", "year"], "string"),
            rejects=[(2, "year", "missing-cell"), (3, None, "extra-cell")],
        ),
    ),
)
