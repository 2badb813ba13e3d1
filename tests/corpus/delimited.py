"""Delimiters, line ends, blank lines and comments."""

from decimal import Decimal

from tests.corpus.case import Case, table, texts

AB = {"a": "integer", "b": "string"}
TWO = ([1, "x"], [2, "y"])

CASES = (
    Case("commas", "a,b\n1,x\n2,y\n", table(AB, *TWO, format="csv", delimiter=",", quote='"', header=True)),
    Case("semicolons", "a;b\n1;x\n2;y\n", table(AB, *TWO, delimiter=";")),
    Case(
        "semicolons next to decimal commas",
        "a;v\n1;1,5\n2;2,75\n",
        table({"a": "integer", "v": "decimal"}, [1, Decimal("1.5")], [2, Decimal("2.75")], delimiter=";"),
    ),
    Case("tabs", "a\tb\n1\tx\n2\ty\n", table(AB, *TWO, delimiter="\t")),
    Case(
        "tabs and quotes that are text", 'a\tb\n1\t6" nail\n2\t"y\n', table(AB, [1, '6" nail'], [2, '"y'], quote=None)
    ),
    Case("pipes", "a|b\n1|x\n2|y\n", table(AB, *TWO, delimiter="|")),
    Case("colons", "a:b\n1:x\n2:y\n", table(AB, *TWO, delimiter=":")),
    Case("carets", "a^b\n1^x\n2^y\n", table(AB, *TWO, delimiter="^")),
    Case("tildes", "a~b\n1~x\n2~y\n", table(AB, *TWO, delimiter="~")),
    Case("unit separators", "a\x1fb\n1\x1fx\n2\x1fy\n", table(AB, *TWO, delimiter="\x1f")),
    Case("Hive's control characters", "a\x01b\n1\x01x\n2\x01y\n", table(AB, *TWO, delimiter="\x01")),
    Case("a line that names the delimiter", "sep=;\na;b\n1;x\n2;y\n", table(AB, *TWO, delimiter=";")),
    Case("a line that names an odd delimiter", "sep=^\na^b\n1^x\n2^y\n", table(AB, *TWO, delimiter="^")),
    Case("one column", "name\nAnn\nBob\n", texts("name", ["Ann"], ["Bob"], delimiter=None)),
    Case("one column of numbers", "n\n1\n2\n", table({"n": "integer"}, [1], [2])),
    Case(
        "one column of sentences with commas", "note\nhello, world\nfine\n", texts("note", ["hello, world"], ["fine"])
    ),
    Case(
        "commas inside semicolons' cells",
        "a;b\nx, y;1\nz, w;2\n",
        table({"a": "string", "b": "integer"}, ["x, y", 1], ["z, w", 2], delimiter=";"),
    ),
    Case("times of day are no cells", "at\n12:30\n13:45\n", texts("at", ["12:30"], ["13:45"], delimiter=None)),
    Case("LF", "a,b\n1,x\n2,y\n", table(AB, *TWO)),
    Case("CRLF", "a,b\r\n1,x\r\n2,y\r\n", table(AB, *TWO)),
    Case("CR, as old Macs", "a,b\r1,x\r2,y\r", table(AB, *TWO)),
    Case("LF and CRLF mixed", "a,b\r\n1,x\n2,y\r\n", table(AB, *TWO)),
    Case("CR and LF mixed", "a,b\r1,x\n2,y\n", table(AB, *TWO)),
    Case("no line end at the end", "a,b\n1,x\n2,y", table(AB, *TWO)),
    Case("blank lines at the end", "a,b\n1,x\n2,y\n\n\n", table(AB, *TWO)),
    Case("blank lines between rows", "a,b\n\n1,x\n\n\n2,y\n", table(AB, *TWO)),
    Case("blank lines above the header", "\n\na,b\n1,x\n2,y\n", table(AB, *TWO)),
    Case("a row of nothing but commas is a row", "a,b\n1,x\n,\n2,y\n", table(AB, [1, "x"], [None, None], [2, "y"])),
    Case("a header alone", "a,b\n", texts("a b")),
    Case("a header alone without a line end", "a,b", texts("a b")),
    Case("comments above the header", "# made by hand\n# in May\na,b\n1,x\n2,y\n", table(AB, *TWO)),
    Case(
        "a header whose first name begins with #", "#a,b\n1,x\n2,y\n", table({"#a": "integer", "b": "string"}, *TWO)
    ),
    Case("a # inside the table is a value", "a,b\n#1,x\n2,y\n", texts("a b", ["#1", "x"], ["2", "y"])),
    Case("comments from the options", "%note\na,b\n1,x\n%gone\n2,y\n", table(AB, *TWO), {"comment": "%"}),
    Case(
        "comments from the options, with delimiters in them",
        "a,b\n1,x\n#2,gone\n2,y\n",
        table(AB, *TWO),
        {"comment": "#"},
    ),
    Case(
        "a comment sign in the middle of a line is text",
        "a,b\n1,x#1\n2,y\n",
        table(AB, [1, "x#1"], [2, "y"]),
        {"comment": "#"},
    ),
    Case("spaces around cells stay", "a,b\n1, x\n2,y \n", table(AB, [1, " x"], [2, "y "])),
    Case("spaces around names go", " a , b \n1,x\n2,y\n", table(AB, *TWO)),
    Case("a form feed is text", "a,b\n1,x\fz\n2,y\n", table(AB, [1, "x\fz"], [2, "y"])),
    Case("a vertical tab is text", "a,b\n1,x\x0bz\n2,y\n", table(AB, [1, "x\x0bz"], [2, "y"])),
    Case(
        "a separator of lines in Unicode is text",
        "a,b\n1,x\u2028z\n2,y\x85\n",
        table(AB, [1, "x\u2028z"], [2, "y\x85"]),
    ),
)
