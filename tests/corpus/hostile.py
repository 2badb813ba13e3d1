"""Files that are not tables or are malicious: refused quickly with a reason, and no temporary file stays."""

import gzip
import io
import struct
import tarfile

from tests.corpus.case import Case, refused, table, texts
from tests.interfaces.formats.workbooks.workbook_files import zipped

PROSE = (
    "Dear all,\n\nplease find the figures below, as we said.\nThey are not final; more will follow.\n\nBest, Ann\n"
)
SYLK = 'ID;PWXL;N;E\r\nP;PGeneral\r\nC;Y1;X1;K"name"\r\nC;Y2;X1;K"Ann"\r\nE\r\n'
DIF = 'TABLE\r\n0,1\r\n"EXCEL"\r\nVECTORS\r\n0,2\r\n""\r\nTUPLES\r\n0,2\r\n""\r\nDATA\r\n0,0\r\n""\r\n'
MHTML = (
    "From: <Saved by Blink>\r\nSnapshot-Content-Location: https://example.org/\r\nMIME-Version: 1.0\r\n"
    'Content-Type: multipart/related;\r\n\ttype="text/html"\r\n\r\n<html></html>\r\n'
)
SPREADSHEET_ML = (
    '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n'
    '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet/></Workbook>\n'
)
DBASE = (
    b"\x03\x7c\x01\x1f"
    + struct.pack("<IHH", 1, 65, 11)
    + bytes(20)
    + b"NAME".ljust(11, b"\0")
    + b"C"
    + bytes(4)
    + b"\x0a"
    + bytes(15)
    + b"\r Ann       \x1a"
)
AB = {"a": "integer", "b": "integer"}
TABLE = table(AB, [1, 2])


def tar(content: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        member = tarfile.TarInfo("people.csv")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


def other(what: str, data: bytes | str, filename: str, words: str = "") -> Case:
    """A file of a format that is not read, whose refusal contains `words`."""
    return Case(what, data, refused("unsupported-format", words or what), filename=filename)


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
        table({"a": "integer", "b": "string"}, [1, "x"], [2, "y"], rejects=[(3, None, "extra-cell")]),
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
    other("an HTML page", "<table border=1>\n<tr><td>a</td><td>1</td></tr>\n</table>\n", "a.xls"),
    other(
        "a saved HTML page", '\ufeff<!-- saved -->\r\n<HTML xmlns:x="urn:x"><head/></HTML>', "a.xls", "an HTML page"
    ),
    other("an HTML page of UTF-16", "<html><body/></html>".encode("utf-16"), "a.csv", "an HTML page"),
    other("an XHTML page", '<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "x">\n<html/>', "a.csv", "an HTML page"),
    other("a web page in MHTML", MHTML, "a.xls"),
    other("a SYLK file", SYLK, "a.slk"),
    other("a SYLK file under another name", SYLK, "a.csv", "a SYLK file"),
    other("a DIF file", DIF, "a.dif"),
    other("a tar archive", tar(b"a,b\n1,x\n"), "a.tar"),
    other("a packed tar archive", gzip.compress(tar(b"a,b\n1,x\n")), "a.tar.gz", "a tar archive"),
    other("a dBase file", DBASE, "a.dbf"),
    other("a SpreadsheetML workbook", SPREADSHEET_ML, "a.xls"),
    other(
        "a SpreadsheetML workbook without its declaration", SPREADSHEET_ML.split("\n")[2], "a.xml", "SpreadsheetML"
    ),
    other("an RTF document", "{\\rtf1\\ansi a}", "a.csv"),
    other("an XML document", '<rows a="1">\n<row/></rows>', "a.csv"),
    Case("a header like that of SYLK", "ID;Price\nC;5\n", table({"ID": "string", "Price": "integer"}, ["C", 5])),
    Case(
        "a table whose first name is a tag's",
        "<id>,TABLE\n1,2\n",
        table({"<id>": "integer", "TABLE": "integer"}, [1, 2]),
    ),
    Case("prose named .xls", PROSE, refused("unsupported-format", "a text without a table"), filename="a.xls"),
    Case("prose named .parquet", PROSE, refused("unsupported-format", "a Parquet file"), filename="a.parquet"),
    Case("a ZIP of prose named .xlsx", zipped({"a.txt": PROSE}), refused("unsupported-format"), filename="a.xlsx"),
    Case("a ZIP of a word named .xlsx", zipped({"a.txt": "hello"}), refused("unsupported-format"), filename="a.xlsx"),
    Case("a ZIP of a table named .xlsx", zipped({"a.txt": "a,b\n1,2\n"}), TABLE, filename="a.xlsx"),
    Case("a table of tabs named .xls", "a\tb\n1\t2\n", TABLE, filename="A.XLS"),
    Case("a table of tabs in UTF-16 named .xls", "a\tb\n1\t2\n".encode("utf-16"), TABLE, filename="a.xls"),
    Case("a table with a title named .ods", "Sales\n\na;b\n1;2\n3;4\n", table(AB, [1, 2], [3, 4]), filename="a.ods"),
    Case("a table named .json", "a,b\n1,2\n", TABLE, filename="a.json"),
    *(
        Case(f"not JSON: {text!r}", text, refused("invalid-json"), filename="a.json")
        for text in ('{name: "x"}', "[NaN, 1]", "}", "\ufeff]", "{'a': 1}", "a, b", "// x\n{a: 1,\n b: 2}\n", "7")
    ),
    Case("a byte of windows-1252 named .json", b"\xe9", refused("invalid-json"), filename="a.json"),
    Case("a byte of windows-1252 named .ndjson", b"\xe9\n", refused("invalid-json"), filename="a.ndjson"),
    Case("a literal of JavaScript under another name", '{name: "x", age: 3}\n', refused("invalid-json")),
    Case(
        "XML",
        '<?xml version="1.0"?>\n<rows>\n<row a="1"/>\n</rows>\n',
        refused("unsupported-format"),
        filename="a.xml",
    ),
)
