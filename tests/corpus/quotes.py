"""Quotes, escapes, and the text inside them."""

from tests.corpus.case import Case, refused, table, texts

CASES = (
    Case("a comma in quotes", 'a,b\n1,"x,y"\n', table({"a": "integer", "b": "string"}, [1, "x,y"])),
    Case(
        "a line end in quotes", 'a,b\n1,"x\ny"\n2,z\n', table({"a": "integer", "b": "string"}, [1, "x\ny"], [2, "z"])
    ),
    Case("CRLF in quotes stays CRLF", 'a,b\r\n1,"x\r\ny"\r\n', table({"a": "integer", "b": "string"}, [1, "x\r\ny"])),
    Case(
        "LF in quotes of a file of CRLF", 'a,b\r\n1,"x\ny"\r\n', table({"a": "integer", "b": "string"}, [1, "x\ny"])
    ),
    Case("CR in quotes of a file of LF", 'a,b\n1,"x\ry"\n', table({"a": "integer", "b": "string"}, [1, "x\ry"])),
    Case("a line end in a name", '"a\nb",c\n1,x\n', table({"a\nb": "integer", "c": "string"}, [1, "x"])),
    Case("doubled quotes", 'a,b\n1,"x ""y"" z"\n', table({"a": "integer", "b": "string"}, [1, 'x "y" z'])),
    Case("nothing but a doubled quote", 'a,b\n1,""""\n', table({"a": "integer", "b": "string"}, [1, '"'])),
    Case(
        "JSON in a cell",
        'key,val\n1,"{""type"": ""Point"", ""at"": [1, 2.0]}"\n',
        table({"key": "integer", "val": "string"}, [1, '{"type": "Point", "at": [1, 2.0]}']),
    ),
    Case(
        "all cells quoted", '"a","b"\n"1","x"\n"2","y"\n', table({"a": "integer", "b": "string"}, [1, "x"], [2, "y"])
    ),
    Case("a quoted number is one", 'a,b\n"1",x\n2,y\n', table({"a": "integer", "b": "string"}, [1, "x"], [2, "y"])),
    Case("an empty cell is null, an empty string is not", 'a,b\nx,\ny,""\n', texts("a b", ["x", None], ["y", ""])),
    Case("texts written as formulas", 'a,b\n="0012",x\n"=""0 13""",y\n', texts("a b", ["0012", "x"], ["0 13", "y"])),
    Case("spaces before a quote", 'a,b\n1, "x,y"\n', table({"a": "integer", "b": "string"}, [1, "x,y"])),
    Case("spaces behind a quote", 'a,b\n1,"x,y" \n', table({"a": "integer", "b": "string"}, [1, "x,y"])),
    Case(
        "a quote in the middle of a cell",
        'a,b\n1,6" nail\n2,y\n',
        table({"a": "integer", "b": "string"}, [1, '6" nail'], [2, "y"]),
    ),
    Case(
        "quotes in the middle of a cell",
        'a,b\n1,the "best" one\n',
        table({"a": "integer", "b": "string"}, [1, 'the "best" one']),
    ),
    Case(
        "escapes by backslash",
        'a,b\n1,"x \\"y\\" z"\n2,"w"\n',
        table({"a": "integer", "b": "string"}, [1, 'x "y" z'], [2, "w"], escape="\\"),
    ),
    Case(
        "a backslash that escapes nothing stays",
        "a,b\n1,C:\\temp\n2,\\d\n",
        table({"a": "integer", "b": "string"}, [1, "C:\\temp"], [2, "\\d"]),
    ),
    Case(
        "apostrophes as quotes",
        "'a','b'\n'1','x,y'\n'2','z'\n",
        table({"a": "integer", "b": "string"}, [1, "x,y"], [2, "z"], quote="'"),
    ),
    Case(
        "apostrophes in words are text",
        "a,b\n1,it's\n2,'tis\n",
        table({"a": "integer", "b": "string"}, [1, "it's"], [2, "'tis"]),
    ),
    Case(
        "a quote from the options",
        "a,b\n1,|x,y|\n2,z\n",
        table({"a": "integer", "b": "string"}, [1, "x,y"], [2, "z"], quote="|"),
        {"quote": "|"},
    ),
    Case(
        "no quotes, by option",
        'a,b\n1,"x\n2,y"\n',
        table({"a": "integer", "b": "string"}, [1, '"x'], [2, 'y"'], quote=None),
        {"quote": ""},
    ),
    Case(
        "an escape from the options",
        'a,b\n1,"x^"y"\n2,z\n',
        table({"a": "integer", "b": "string"}, [1, 'x"y'], [2, "z"], escape="^"),
        {"escape": "^"},
    ),
    Case(
        "an escaped delimiter",
        "a,b\n1,x\\,y\n2,z\n",
        table({"a": "integer", "b": "string"}, [1, "x,y"], [2, "z"]),
        {"escape": "\\"},
    ),
    Case("a line that looks like a header in quotes", 'a,b\n"x,y","a,b"\n', texts("a b", ["x,y", "a,b"])),
    Case("a quote left open", 'a,b\n1,"x\n2,y\n', refused("unclosed-quote")),
    Case("a quote left open in the last cell", 'a,b\n1,x\n2,"y', refused("unclosed-quote")),
    Case("a cell that goes on behind its quote", 'a,b\n1,"x"y\n2,z\n', refused("bad-quote")),
    Case("blank lines in quotes", 'a,b\n1,"x\n\n\ny"\n', table({"a": "integer", "b": "string"}, [1, "x\n\n\ny"])),
    Case("nothing but quotes", '"a"\n"x"\n""\n', texts("a", ["x"], [""])),
    Case("a broken quote in the header", 'k,"l"m,n\no,p,q\nr,s,t\n', refused("bad-quote")),
    Case("a broken quote in a header below a title", 'Report\n\nk,"l"m,n\no,p,q\n', refused("bad-quote")),
    Case("a broken quote in a first row", '1,"x"y,2\n3,z,4\n', refused("bad-quote"), {"header": False}),
    Case("a quote left open in the header", 'k,"l,m\nn,o,p\n', refused("unclosed-quote")),
    Case("a quote left open in the header of many rows", 'k,"l,m\n' + "n,o,p\n" * 60_000, refused("unclosed-quote")),
    Case("a quote left open in the first cell", '"k,l,m\nn,o,p\n', refused("unclosed-quote")),
    Case(
        "a line end in quotes behind the last column",
        '"a";"b"\n"1";"2";"\n"\n',
        table({"a": "string", "b": "string"}, rejects=[(2, None, "extra-cell")]),
    ),
    Case(
        "a line end in quotes behind the last column of a last row",
        '"a";"b"\n"3";"4"\n"1";"2";"\n"\n',
        table({"a": "integer", "b": "integer"}, [3, 4], rejects=[(3, None, "extra-cell")]),
    ),
)
