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
    Case(
        "numbers as names",
        "region,1,2,3\nNorth,10,25,31\nSouth,8,9,14\n",
        table(
            {"region": "string", "1": "integer", "2": "integer", "3": "integer"},
            ["North", 10, 25, 31],
            ["South", 8, 9, 14],
            header=True,
        ),
    ),
    Case(
        "pandas' numbered columns and index",
        ",0,1,2\n0,x,1.5,7\n1,y,2.5,9\n",
        table(
            {"column_1": "integer", "0": "string", "1": "decimal", "2": "integer"},
            [0, "x", Decimal("1.5"), 7],
            [1, "y", Decimal("2.5"), 9],
            header=True,
        ),
    ),
    Case(
        "dates as names",
        "region,2024-01-31,2024-02-29\nNorth,1.5,2\nSouth,3,4.25\n",
        table(
            {"region": "string", "2024-01-31": "decimal", "2024-02-29": "decimal"},
            ["North", Decimal("1.5"), 2],
            ["South", 3, Decimal("4.25")],
            header=True,
        ),
    ),
    Case(
        "a name and distinct numbers may be a row",
        "Ann,1,2.50\nBob,2,3.75\n",
        table(
            {"column_1": "string", "column_2": "integer", "column_3": "decimal"},
            ["Ann", 1, Decimal("2.50")],
            ["Bob", 2, Decimal("3.75")],
            header=False,
        ),
    ),
    Case(
        "rows that count are rows",
        "Ann,4,5,6\nBob,1,2,3\nCid,7,8,9\n",
        table(
            {"column_1": "string", "column_2": "integer", "column_3": "integer", "column_4": "integer"},
            ["Ann", 4, 5, 6],
            ["Bob", 1, 2, 3],
            ["Cid", 7, 8, 9],
            header=False,
        ),
    ),
    Case(
        "a header line repeated further down",
        "id,town\n1,Oslo\nid,town\n2,Bergen\nid,town\n",
        table(
            {"id": "integer", "town": "string"},
            [1, "Oslo"],
            [2, "Bergen"],
            rejects=[(3, None, "duplicate-row"), (5, None, "duplicate-row")],
        ),
    ),
    Case(
        "a header line of a table of text repeated, in CRLF",
        "name,town\r\nAnn,Oslo\r\n\r\nname,town\r\nBob,Rome\r\n",
        texts("name town", ["Ann", "Oslo"], ["Bob", "Rome"], rejects=[(4, None, "duplicate-row")], header=True),
    ),
    Case(
        "a header line repeated far below",
        "id,town\n" + "1,Oslo\n" * 60_000 + "id,town\n2,Bergen\n",
        table(
            {"id": "integer", "town": "string"},
            *[[1, "Oslo"]] * 60_000,
            [2, "Bergen"],
            rejects=[(60_002, None, "duplicate-row")],
        ),
    ),
    Case(
        "a title with empty cells above two columns of text",
        "Towns,\nname,town\nAnn,Oslo\nBob,Rome\n",
        texts("name town", ["Ann", "Oslo"], ["Bob", "Rome"]),
    ),
    Case(
        "a first row that comes twice is a row",
        "Ann,Bob\nBob,Cid\nAnn,Bob\n",
        texts("column_1 column_2", ["Ann", "Bob"], ["Bob", "Cid"], ["Ann", "Bob"], header=False),
    ),
    Case(
        "labels with a value, as the World Bank writes them",
        '"Data Source","World Development Indicators",\n\n"Last Updated Date","2024-05-30",\n\n'
        '"Country","Code","2022","2023",\n"Chad","TCD","1.5","2",\n"Peru","PER","","3",\n',
        table(
            {"Country": "string", "Code": "string", "2022": "decimal", "2023": "integer"},
            ["Chad", "TCD", Decimal("1.5"), 2],
            ["Peru", "PER", None, 3],
            notes=["2024-05-30"],
        ),
    ),
    Case(
        "a header above rows that are mostly wider",
        "who,event\nAnn,start\n" + "Bob,fail,disk\n" * 5,
        texts("who event", ["Ann", "start"], rejects=[(line, None, "extra-cell") for line in range(3, 8)]),
    ),
    Case(
        "a header and rows above a wider row",
        "id,name\nA,Ann\nB,Bob\nC,Cid,Bonn\n",
        texts("id name", ["A", "Ann"], ["B", "Bob"], rejects=[(4, None, "extra-cell")]),
    ),
    Case(
        "a narrow table above a wider one",
        "id,name\n1,Ann\n2,Bob\n\ncode,town,year\nK1,Oslo,1990\nK2,Bergen,1991\nK3,Rome,1992\n",
        table(
            {"id": "integer", "name": "string"},
            [1, "Ann"],
            [2, "Bob"],
            rejects=[(line, None, "extra-cell") for line in range(5, 9)],
        ),
    ),
    Case(
        "a narrow table of one row above a wider one",
        "id,name\n1,Ann\n\ncode,town,year\nK1,Oslo,1990\nK2,Bergen,1991\n",
        table({"id": "integer", "name": "string"}, [1, "Ann"], rejects=[(n, None, "extra-cell") for n in (4, 5, 6)]),
    ),
    Case(
        "a delimiter that the header does not have",
        "full name\nLee, Ann\nLi, Jo\nRay, Ed\n",
        table({"full name": "string"}, ["Lee, Ann"], ["Li, Jo"], ["Ray, Ed"], delimiter=None),
    ),
    Case(
        "a title is a header, by option",
        "Report\nid,name\n1,Ann\n",
        texts("Report column_2", ["id", "name"], ["1", "Ann"]),
        {"header": True, "delimiter": ","},
    ),
    Case(
        "labels are a header, by option",
        "Report,Sales\n\nname,n,price\nAnn,1,2.50\n",
        texts("Report Sales column_3", ["name", "n", "price"], ["Ann", "1", "2.50"]),
        {"header": True},
    ),
    Case(
        "no line to skip, by option",
        "Report,Sales\nDate,May\n\nname,n,price\nAnn,1,2.50\n",
        texts("Report Sales", ["Date", "May"], rejects=[(4, None, "extra-cell"), (5, None, "extra-cell")]),
        {"skip_rows": 0},
    ),
    Case(
        "a comment mark before a quoted delimiter",
        '#code,"name, of"\nAD,Andorra\nCH,"Schweiz, Suisse"\n',
        table({"#code": "string", "name, of": "string"}, ["AD", "Andorra"], ["CH", "Schweiz, Suisse"]),
    ),
    Case(
        "a comment mark and a blank in a header",
        "# of items,price\n3,1.50\n4,2.25\n",
        table({"# of items": "integer", "price": "decimal"}, [3, Decimal("1.50")], [4, Decimal("2.25")]),
    ),
    Case(
        "a comment mark and a blank in a header above a null",
        "# of items,note\n,hello\n3,x\n",
        table({"# of items": "integer", "note": "string"}, [None, "hello"], [3, "x"]),
    ),
    Case(
        "a comment mark, a blank and quotes in a header",
        '# of items,"note, if any"\nfew,hello\n3,x\n',
        table({"# of items": "string", "note, if any": "string"}, ["few", "hello"], ["3", "x"]),
    ),
    Case(
        "no comments, by option",
        "#made\na,b\n1,2\n",
        texts("#made column_2", ["a", "b"], ["1", "2"]),
        {"comment": "", "header": True, "delimiter": ","},
    ),
    Case(
        "numbers from 1 on as names, above a row that counts",
        "region,1,2,3\nNorth,4,5,6\n",
        table({"region": "string", "1": "integer", "2": "integer", "3": "integer"}, ["North", 4, 5, 6]),
    ),
    Case(
        "a header line with a delimiter behind it repeated",
        "id,town,\n1,Oslo,\nid,town,\n2,Bergen,\n",
        table({"id": "integer", "town": "string"}, [1, "Oslo"], [2, "Bergen"], rejects=[(3, None, "duplicate-row")]),
    ),
)
