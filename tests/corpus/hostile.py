"""Files that are not tables or are malicious: refused quickly with a reason, and no temporary file stays."""

from tests.corpus.case import Case, refused, table, texts

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(200)

CASES = (
    Case("an image named .csv", PNG, refused("unsupported-format")),
    Case(
        "a JPEG named .json",
        b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(200),
        refused("unsupported-format"),
        filename="a.json",
    ),
    Case("a PDF", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", refused("unsupported-format"), filename="a.pdf"),
    Case("a program", b"\x7fELF\x02\x01\x01" + bytes(200), refused("unsupported-format")),
    Case("random bytes", bytes((n * 7919 + n // 3) % 256 for n in range(4_000)), refused("unsupported-format")),
    Case("SQLite", b"SQLite format 3\x00" + bytes(200), refused("unsupported-format")),
    Case("xz", b"\xfd7zXZ\x00" + bytes(200), refused("unsupported-format")),
    Case("7z", b"7z\xbc\xaf\x27\x1c" + bytes(200), refused("unsupported-format")),
    Case("nothing", b"", refused("empty-file")),
    Case("nothing but blanks", b" \n\n \t\n", refused("empty-file")),
    Case("nothing but a mark", b"\xef\xbb\xbf", refused("empty-file")),
    Case("nothing but a mark of UTF-16", b"\xff\xfe", refused("empty-file")),
    Case("NUL in a cell", b"a,b\n1,x\x00y\n", refused("unsupported-format")),
    Case("NUL far below", b"a,b\n" + b"1,xyz\n" * 20_000 + b"1,x\x00y\n", refused("nul-byte")),
    Case("a quote left open for a megabyte", 'a,b\n1,"x\n' + "2,y\n" * 300_000, refused("line-too-long")),
    Case("a line of two megabytes", "a,b\n1," + "x" * 2_000_000 + "\n", refused("line-too-long")),
    Case(
        "ten thousand columns",
        ",".join(f"c{n}" for n in range(10_000)) + "\n" + ",".join("1" * 10_000) + "\n",
        refused("too-many-columns"),
    ),
    Case(
        "ten thousand columns of JSON",
        "[{" + ",".join(f'"c{n}": 1' for n in range(10_000)) + "}]",
        refused("too-many-columns"),
        filename="a.json",
    ),
    Case(
        "a row of a million commas",
        "a,b\n1,x\n" + "," * 500_000 + "\n2,y\n",
        table({"a": "integer", "b": "string"}, [1, "x"], [None, None], [2, "y"]),
    ),
    Case("formulas are text", "a,b\n=1+1,@SUM(A1)\n+1,-2\n", texts("a b", ["=1+1", "@SUM(A1)"], ["+1", "-2"])),
    Case(
        "SQL is text",
        "a,b\n'; DROP TABLE events; --,1\n$1,2\n",
        table({"a": "string", "b": "integer"}, ["'; DROP TABLE events; --", 1], ["$1", 2]),
    ),
    Case(
        "a name of SQL",
        '"a""; DROP TABLE x; --",b\n1,2\n',
        table({'a"; DROP TABLE x; --': "integer", "b": "integer"}, [1, 2]),
    ),
    Case(
        "names that objects have",
        "__proto__,constructor,hasOwnProperty\n1,2,3\n",
        table({"__proto__": "integer", "constructor": "integer", "hasOwnProperty": "integer"}, [1, 2, 3]),
    ),
    Case("braces and percents are text", "a,b\n{0},%s\n{},%(x)s\n", texts("a b", ["{0}", "%s"], ["{}", "%(x)s"])),
    Case(
        "HTML",
        "<!DOCTYPE html>\n<html>\n<body><p>Not found</p></body>\n</html>\n",
        refused("unsupported-format"),
        filename="a.csv",
    ),
    Case(
        "XML",
        '<?xml version="1.0"?>\n<rows>\n<row a="1"/>\n</rows>\n',
        refused("unsupported-format"),
        filename="a.xml",
    ),
)
