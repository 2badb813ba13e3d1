"""Workbooks: XLSX, XLS, XLSB and ODS hold text as text, every digit of a number, and days in either epoch."""

import io
import struct
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import xlwt  # type: ignore[import-untyped]
from odf.opendocument import OpenDocumentSpreadsheet  # type: ignore[import-untyped]
from odf.table import Table as OdfTable  # type: ignore[import-untyped]
from odf.table import TableCell, TableRow
from odf.text import P  # type: ignore[import-untyped]
from openpyxl.utils.datetime import CALENDAR_MAC_1904  # type: ignore[import-untyped]

from tests.corpus.case import Case, Fault, Refused, Table, refused, table, texts
from tests.interfaces.formats.workbooks.biff12 import cell, real, record, row, short, text, xlsb
from tests.interfaces.formats.workbooks.workbook_files import sheet_rows, xlsx, zipped

D = Decimal
Rows = Sequence[Sequence[Any]]


def book(*sheets: Rows, change: Callable[[Any], None] = lambda made: None) -> Callable[[], bytes]:
    """A workbook that openpyxl writes; `change` is done to it before."""

    def made() -> bytes:
        workbook = openpyxl.Workbook()
        for number, rows in enumerate(sheets, 1):
            sheet = workbook.active if number == 1 else workbook.create_sheet()
            sheet.title = f"Sheet{number}"
            for values in rows:
                sheet.append(values)
        change(workbook)
        file = io.BytesIO()
        workbook.save(file)
        return file.getvalue()

    return made


def of(
    title: str,
    data: bytes | Callable[[], bytes],
    expected: Table | Refused,
    filename: str = "file.xlsx",
    **options: Any,
) -> Case:
    return Case(title, data, expected, options, filename)


def cells(title: str, kind: str, given: Sequence[str], read: Sequence[object], *rejects: Fault, strings: str = "",
          formats: tuple[int | str, ...] = (0,), book: str = "", behind: str = "", more_styles: str = "",
          notes: Sequence[str] = (), **options: Any) -> Case:  # fmt: skip
    """An XLSX file of one column `v` with these cells in XML; `behind` is the XML after the rows."""
    rows = sheet_rows(list(given), header="v")
    data = xlsx(rows, strings=strings, formats=formats, book=book, behind=behind, more_styles=more_styles)
    expected = table({"v": kind}, *([value] for value in read), rejects=rejects, notes=notes)
    return Case(title, data, expected, options, "file.xlsx")


def number(text: str, style: int = 0) -> str:
    return f'<c s="{style}"><v>{text}</v></c>'


def inline(text: str) -> str:
    return f'<c t="inlineStr"><is>{text}</is></c>'


def numbered_rows(*cells: str) -> str:
    """Rows of a number from 1 and one of these cells each."""
    placed = [cell.replace("<c", f'<c r="B{at}"', 1) for at, cell in enumerate(cells, 1)]
    return "".join(f'<row r="{at}"><c r="A{at}"><v>{at}</v></c>{cell}</row>' for at, cell in enumerate(placed, 1))


def formula(cached: str, kind: str = "n") -> str:
    return f'<c t="{kind}"><f>A1+1</f>{cached}</c>'


def xls(*rows: Sequence[Any], styles: dict[int, str] | None = None, is_1904: bool = False) -> Callable[[], bytes]:
    """An XLS file by xlwt; `styles` are number formats by column, below the first row."""

    def made() -> bytes:
        workbook = xlwt.Workbook()
        workbook.dates_1904 = is_1904
        sheet = workbook.add_sheet("Sheet")
        known = {at: xlwt.easyxf(num_format_str=code) for at, code in (styles or {}).items()}
        for place, values in enumerate(rows):
            for at, value in enumerate(values):
                style = known[at] if place and at in known else xlwt.Style.default_style
                sheet.write(place, at, value, style)
        file = io.BytesIO()
        workbook.save(file)
        return file.getvalue()

    return made


def ods(*rows: Sequence[tuple[str, str]]) -> Callable[[], bytes]:
    """An ODS file by odfpy; a cell is its type and its value."""

    def made() -> bytes:
        document = OpenDocumentSpreadsheet()
        sheet = OdfTable(name="Sheet")
        for values in rows:
            line = TableRow()
            for kind, value in values:
                line.addElement(_ods_cell(kind, value))
            sheet.addElement(line)
        document.spreadsheet.addElement(sheet)
        file = io.BytesIO()
        document.write(file)
        return file.getvalue()

    return made


def _ods_cell(kind: str, value: str) -> Any:
    if kind in ("float", "percentage", "currency"):
        return TableCell(valuetype=kind, value=value)
    if kind in ("date", "time", "boolean"):
        return TableCell(**{"valuetype": kind, f"{kind}value": value})
    made = TableCell(valuetype="string") if kind else TableCell()
    made.addElement(P(text=value))
    return made


def ole(stream: str) -> bytes:
    """A container of old Office files with one stream of this name."""
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<H", header, 30, 9)
    struct.pack_into("<I", header, 48, 1)
    struct.pack_into("<109I", header, 76, 0, *[0xFFFFFFFF] * 108)
    table_of_sectors = struct.pack("<128I", 0xFFFFFFFD, 0xFFFFFFFE, *[0xFFFFFFFF] * 126)
    name = (stream + "\0").encode("utf-16-le")
    return bytes(header) + table_of_sectors + (name.ljust(64, b"\0") + struct.pack("<H", len(name))).ljust(512, b"\0")


def title_of(sheet: int, state: str) -> Callable[[Any], None]:
    def change(workbook: Any) -> None:
        workbook.worksheets[sheet].sheet_state = state

    return change


def since_1904(workbook: Any) -> None:
    workbook.epoch = CALENDAR_MAC_1904


def merged(workbook: Any) -> None:
    workbook.active.merge_cells("B1:C1")


JAN = date(2024, 1, 31)
PEOPLE: Rows = [["name", "n"], ["Ann", 1], ["Bob", 2]]
READ = table({"name": "string", "n": "integer"}, ["Ann", 1], ["Bob", 2], format="xlsx", sheet="Sheet1")
OTHER: Rows = [["city"], ["Oslo"]]
ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    b"<si><t>&c;</t></si></sst>"
)
OUTSIDE = ENTITIES.replace(b'<!ENTITY a "aaaaaaaaaa">', b'<!ENTITY a SYSTEM "file:///etc/passwd">')

EMPTY_TEXTS = (
    *(formula(empty, "str") for empty in ("<v/>", "<v></v>", "<v />")),
    *('<c t="str"><v/></c>', '<c t="str"><v></v></c>', inline("<t/>"), inline("<t></t>"), inline("")),
)
OTHER_NAMES = 'xmlns:x="urn:of-another-program"'

CASES = (
    of("text and numbers", book(PEOPLE), READ),
    of(
        "all kinds at once",
        book(
            [
                ["t", "i", "d", "b", "on", "at"],
                ["001", 7, 1.5, True, JAN, datetime.fromisoformat("2024-01-31T12:30")],
                ["x", -2, 0.1, False, date(1999, 12, 31), datetime.fromisoformat("1999-12-31T23:59:59")],
            ]
        ),
        table(
            {"t": "string", "i": "integer", "d": "decimal", "b": "boolean", "on": "date", "at": "datetime"},
            ["001", 7, D("1.5"), True, "2024-01-31", "2024-01-31T12:30:00"],
            ["x", -2, D("0.1"), False, "1999-12-31", "1999-12-31T23:59:59"],
        ),
    ),
    of("numbers in text cells stay text", book([["v"], ["1"], ["2"]]), texts("v", ["1"], ["2"])),
    of("null words in a column of text stay", book([["v"], ["NA"], ["x"]]), texts("v", ["NA"], ["x"])),
    of(
        "null words in a column of numbers are null", book([["v"], ["NA"], [5]]), table({"v": "integer"}, [None], [5])
    ),
    of(
        "text and numbers in one column are text", book([["v"], [5], ["x"], [1.5]]), texts("v", ["5"], ["x"], ["1.5"])
    ),
    of("booleans and numbers in one column are text", book([["v"], [True], [5]]), texts("v", ["TRUE"], ["5"])),
    of(
        "days since 1904",
        book([["on"], [JAN], [date(1999, 12, 31)]], change=since_1904),
        table({"on": "date"}, ["2024-01-31"], ["1999-12-31"]),
    ),
    of("a time of day", book([["at"], [time(12, 30)], [time(23, 59, 59)]]), texts("at", ["12:30:00"], ["23:59:59"])),
    of(
        "days and moments in one column are moments",
        book([["at"], [JAN], [datetime.fromisoformat("2024-01-31T12:30")]]),
        table({"at": "datetime"}, ["2024-01-31T00:00:00"], ["2024-01-31T12:30:00"]),
    ),
    of(
        "blank rows are passed over",
        book([["a", "b"], [1, "x"], [None, None], [2, "y"]]),
        table({"a": "integer", "b": "string"}, [1, "x"], [2, "y"]),
    ),
    of(
        "blank rows above and columns before the table",
        book([[], [None, "a", "b"], [None, 1, "x"]]),
        table({"a": "integer", "b": "string"}, [1, "x"]),
    ),
    of(
        "a blank column inside the table",
        book([["a", None, "b"], [1, None, "x"]]),
        table({"a": "integer", "column_2": "string", "b": "string"}, [1, None, "x"]),
    ),
    of(
        "rows of other lengths",
        book([["a", "b"], [1], [2, "y"]]),
        table({"a": "integer", "b": "string"}, [1, None], [2, "y"]),
    ),
    of(
        "a merged header",
        book([["a", "b", None], [1, 2, 3]], change=merged),
        table({"a": "integer", "b": "integer", "b_2": "integer"}, [1, 2, 3]),
    ),
    of(
        "a header of two rows",
        book([["2023", None, "2024"], ["Q1", "Q2", "Q1"], [1, 2, 3]]),
        table({"2023 Q1": "integer", "Q2": "integer", "2024 Q1": "integer"}, [1, 2, 3]),
        header=2,
    ),
    of(
        "no header",
        book([[1, "x"], [2, "y"]]),
        table({"column_1": "integer", "column_2": "string"}, [1, "x"], [2, "y"]),
    ),
    of("repeated names", book([["a", "a"], [1, 2]]), table({"a": "integer", "a_2": "integer"}, [1, 2])),
    of("the first sheet of two", book(PEOPLE, OTHER), READ),
    of("a sheet by its name", book(PEOPLE, OTHER), texts("city", ["Oslo"], sheet="Sheet2"), sheet="Sheet2"),
    of("a sheet by its number", book(PEOPLE, OTHER), texts("city", ["Oslo"], sheet="Sheet2"), sheet=2),
    of("a sheet that is not there", book(PEOPLE, OTHER), refused("unknown-sheet"), sheet="Sheet3"),
    of(
        "a hidden sheet is passed over",
        book(PEOPLE, OTHER, change=title_of(0, "hidden")),
        texts("city", ["Oslo"], sheet="Sheet2"),
    ),
    of(
        "a hidden sheet that was requested",
        book(PEOPLE, OTHER, change=title_of(0, "veryHidden")),
        READ,
        sheet="Sheet1",
    ),
    of("an empty first sheet is passed over", book([], OTHER), texts("city", ["Oslo"], sheet="Sheet2")),
    of("a workbook without cells", book([]), refused("empty-file")),
    of(
        "rows to skip",
        book([["Sales"], [], ["a", "b"], [1, 2]]),
        table({"a": "integer", "b": "integer"}, [1, 2]),
        skip_rows=2,
    ),
    of(
        "a formula without a cached value",
        book([["a"], [1], ["=A2+1"]]),
        table({"a": "integer"}, [1], rejects=[(3, "a", "type-error")]),
    ),
    of("line ends in cells", book([["a"], ["x\ny"], ["z"]]), texts("a", ["x\ny"], ["z"])),
    of("an XLSX file under another name", book(PEOPLE), READ, filename="people.csv"),
    of(
        "a name of many letters",
        book([["größe 📏", "名前"], [1, "é"]]),
        table({"größe 📏": "integer", "名前": "string"}, [1, "é"]),
    ),
    cells(
        "shared strings",
        "string",
        ['<c t="s"><v>1</v></c>', '<c t="s"><v>0</v></c>'],
        ["y", "x"],
        strings="<si><t>x</t></si><si><t>y</t></si>",
    ),
    cells(
        "rich shared strings",
        "string",
        ['<c t="s"><v>0</v></c>'],
        ["bold and plain"],
        strings='<si><r><rPr><b/></rPr><t>bold</t></r><r><t xml:space="preserve"> and plain</t></r></si>',
    ),
    cells(
        "phonetic text is no text",
        "string",
        ['<c t="s"><v>0</v></c>'],
        ["東京"],
        strings='<si><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh></si>',
    ),
    cells("rich inline strings", "string", [inline("<r><t>a</t></r><r><t>b</t></r>")], ["ab"]),
    cells("text 001", "string", [inline("<t>001</t>"), inline("<t>002</t>")], ["001", "002"]),
    cells("blanks at the ends stay", "string", [inline('<t xml:space="preserve"> x </t>')], [" x "]),
    cells("escapes of Office", "string", [inline("<t>a_x000D_b_x005F_x</t>")], ["a\rb_x"]),
    cells(
        "numbers of 19 digits, as a program wrote them",
        "integer",
        [number("1234567890123456789"), number("2")],
        [1234567890123456789, 2],
    ),
    cells("digits as written", "decimal", [number("1.10"), number("0.1")], [D("1.10"), D("0.1")]),
    cells("Excel's way to write 0.1 + 0.2", "decimal", [number("0.30000000000000004")], [D("0.30000000000000004")]),
    cells(
        "fractions as Excel stores them",
        "decimal",
        [
            number("1.1000000000000001"),
            number("606.55999999999995"),
            number("-2.9999999999999999E-2"),
            number("0.12345678901234567"),
        ],
        [D("1.1"), D("606.56"), D("-0.03"), D("0.12345678901234567")],
    ),
    cells(
        "fractions as Excel stores them, in many rows",
        "decimal",
        [number("1.1000000000000001")] * 200,
        [D("1.1")] * 200,
    ),
    cells(
        "fractions as Gnumeric stores them",
        "decimal",
        [
            number("1.10000000000000000002"),
            number("0.299999999999999988898"),
            number("-2.0499999999999998224"),
            number("1.00000000000000000818E-5"),
            number("7.5"),
        ],
        [D("1.1"), D("0.3"), D("-2.05"), D("0.00001"), D("7.5")],
    ),
    cells(
        "fractions as Gnumeric stores them, in many rows",
        "decimal",
        [number("3.14000000000000012434")] * 200,
        [D("3.14")] * 200,
    ),
    cells(
        "fractions of 18 digits that need 17",
        "decimal",
        [number("0.123456789012345677"), number("0.5")],
        [D(repr(0.123456789012345677)), D("0.5")],
    ),
    cells(
        "numbers like floats beyond their range",
        "string",
        [number("1.1000000000000001E+999"), inline("<t>x</t>")],
        ["1.1000000000000001E+999", "x"],
    ),
    cells(
        "more digits than a float has stay",
        "decimal",
        [number("1.100000000000000000001")],
        [D("1.100000000000000000001")],
    ),
    cells("powers of ten", "decimal", [number("1E-2"), number("1.5E+3")], [D("0.01"), 1500]),
    cells("whole numbers with a point", "integer", [number("5.0"), number("7")], [5, 7]),
    cells("a percentage is its number", "decimal", [number("0.25", 1)], [D("0.25")], formats=(0, "0%")),
    cells("money is its number", "decimal", [number("12.5", 1)], [D("12.5")], formats=(0, '"$"#,##0.00')),
    cells("a day of a built-in format", "date", [number("45322", 1)], ["2024-01-31"], formats=(0, 14)),
    cells("a day of an own format", "date", [number("45322", 1)], ["2024-01-31"], formats=(0, "dd\\.mm\\.yyyy;@")),
    cells("a moment", "datetime", [number("45322.5208333333", 1)], ["2024-01-31T12:30:00"], formats=(0, 22)),
    cells("red is no day", "integer", [number("45322", 1)], [45322], formats=(0, "[Red]0")),
    cells(
        "days around the leap day that 1900 had not",
        "date",
        [number("59", 1), number("61", 1)],
        ["1900-02-28", "1900-03-01"],
        formats=(0, 14),
    ),
    cells(
        "the leap day that 1900 had not keeps its time",
        "string",
        [number("60", 1), number("60.5", 1), number("60.25001", 1)] * 40,
        ["1900-02-29", "1900-02-29T12:00:00", "1900-02-29T06:00:00.864"] * 40,
        formats=(0, 22),
    ),
    cells(
        "a day before all days is a number, and the column text",
        "string",
        [number("45322", 1), number("-5", 1)],
        ["2024-01-31", "-5"],
        formats=(0, 14),
    ),
    cells(
        "days since 1904, by hand",
        "date",
        [number("0", 1), number("43860", 1)],
        ["1904-01-01", "2024-01-31"],
        formats=(0, 14),
        book='<workbookPr date1904="1"/>',
    ),
    cells(
        "an extension does not set the days since 1904",
        "date",
        [number("43860", 1)],
        ["2020-01-30"],
        formats=(0, 14),
        book='<extLst><ext uri="u"><workbookPr date1904="1"/>'
        f'<x:workbookPr {OTHER_NAMES} date1904="1"/></ext></extLst>',
    ),
    cells(
        "an extension does not reset the days since 1904",
        "date",
        [number("43860", 1)],
        ["2024-01-31"],
        formats=(0, 14),
        book='<workbookPr date1904="1"/>'
        f'<x:x {OTHER_NAMES}><x:workbookPr/></x:x><extLst><ext uri="u"><workbookPr date1904="0"/></ext></extLst>',
    ),
    cells(
        "an attribute of an extension does not set the days since 1904",
        "date",
        [number("43860", 1)],
        ["2020-01-30"],
        formats=(0, 14),
        book=f'<workbookPr {OTHER_NAMES} x:date1904="1"/>',
    ),
    cells(
        "formats of differences and of extensions are not those of cells",
        "date",
        [number("45322", 1)],
        ["2024-01-31"],
        formats=(0, "yyyy\\-mm\\-dd"),
        more_styles='<dxfs><dxf><numFmt numFmtId="164" formatCode="0.00"/></dxf></dxfs><extLst><ext uri="u">'
        '<numFmts><numFmt numFmtId="164" formatCode="0"/></numFmts><cellXfs><xf numFmtId="0"/></cellXfs>'
        "</ext></extLst>",
    ),
    cells(
        "formats of differences do not make numbers days",
        "integer",
        [number("45322", 1)],
        [45322],
        formats=(0, "#,##0"),
        more_styles='<dxfs><dxf><numFmt numFmtId="164" formatCode="yyyy\\-mm"/></dxf></dxfs>',
    ),
    *(
        cells(
            f"rows and merged cells of extensions are not the sheet's, {way}",
            "integer",
            [comment + number("7")],
            [7],
            behind=f'<extLst><ext uri="u" {OTHER_NAMES}>'
            '<sheetData><row r="9"><c r="A9"><v>1</v></c></row></sheetData>'
            '<x:sheetData><x:row r="9"><x:c r="A9"><x:v>1</x:v></x:c></x:row></x:sheetData>'
            '<mergeCells><mergeCell ref="A1:C1"/></mergeCells></ext></extLst>',
        )
        for way, comment in (("scanned", ""), ("parsed", "<!-- -->"))
    ),
    of(
        "a sheet of an extension is not the workbook's",
        xlsx(
            sheet_rows([number("7")], header="v"),
            book=f'<x:sheets {OTHER_NAMES}><x:sheet name="Other" r:id="r1"/></x:sheets>'
            '<extLst><ext uri="u"><sheets><sheet name="More" sheetId="2" r:id="r1"/></sheets></ext></extLst>',
        ),
        table({"v": "integer"}, [7], sheet="Sheet", sheets=[{"name": "Sheet", "visible": True}]),
    ),
    cells("ISO days", "date", ['<c t="d"><v>2024-01-31</v></c>'], ["2024-01-31"]),
    cells("booleans", "boolean", ['<c t="b"><v>1</v></c>', '<c t="b"><v>0</v></c>'], [True, False]),
    cells(
        "errors are null in a column of numbers",
        "integer",
        [number("1"), '<c t="e"><v>#DIV/0!</v></c>', number("3")],
        [1, None, 3],
        notes=["Column 'v' has errors, first #DIV/0! in row 3; they became null"],
    ),
    cells(
        "errors of lookups are null in a column of days",
        "date",
        [number("45322", 1), '<c t="e"><f>VLOOKUP(A9,B:C,2,0)</f><v>#N/A</v></c>'] * 60,
        ["2024-01-31", None] * 60,
        formats=(0, 14),
        notes=["Column 'v' has errors, first #N/A in row 3; they became null"],
    ),
    cells(
        "errors reject their rows on request",
        "integer",
        [number("1"), '<c t="e"><v>#REF!</v></c>', number("3")],
        [1, 3],
        (3, "v", "type-error"),
        error_cells="reject",
        notes=["Column 'v' has errors, first #REF! in row 3; such rows were rejected."],
    ),
    cells(
        "errors among text reject their rows on request",
        "string",
        [inline("<t>x</t>"), '<c t="e"><v>#NAME?</v></c>'],
        ["x"],
        (3, "v", "type-error"),
        error_cells="reject",
    ),
    cells(
        "errors among text are null on request",
        "string",
        [inline("<t>x</t>"), '<c t="e"><v>#NUM!</v></c>'],
        ["x", None],
        error_cells="null",
        notes=["Column 'v' has errors, first #NUM! in row 3; they became null"],
    ),
    of(
        "errors that are declared as null",
        xlsx(numbered_rows(number("1.5"), '<c t="e"><v>#N/A</v></c>', '<c t="e"><v>#REF!</v></c>')),
        table(
            {"column_1": "integer", "column_2": "decimal"},
            [1, D("1.5")],
            [2, None],
            rejects=[(3, "column_2", "type-error")],
        ),
        null_values=["#N/A"],
        error_cells="reject",
    ),
    of("an action on error cells that is none", book(PEOPLE), refused("invalid-options"), error_cells="drop"),
    cells(
        "errors are text in a column of text",
        "string",
        [inline("<t>x</t>"), '<c t="e"><v>#N/A</v></c>'],
        ["x", "#N/A"],
    ),
    cells("formulas with a number", "integer", [formula("<v>5</v>"), formula("<v>6</v>")], [5, 6]),
    cells("formulas with a text", "string", [formula("<v>x</v>", "str")], ["x"]),
    cells(
        "formulas without a value, in both notations of an empty element",
        "integer",
        [formula("<v>5</v>"), formula("<v/>"), formula("<v></v>"), formula("<v />")],
        [5],
        *((line, "v", "type-error") for line in (3, 4, 5)),
    ),
    of(
        "empty texts, in both notations of an empty element",
        xlsx(numbered_rows("", *EMPTY_TEXTS, inline("<t>x</t>"), "<c><v/></c>", "<c><v></v></c>")),
        table(
            {"column_1": "integer", "column_2": "string"},
            [1, None],
            *([at, ""] for at, _ in enumerate(EMPTY_TEXTS, 2)),
            [len(EMPTY_TEXTS) + 2, "x"],
            [len(EMPTY_TEXTS) + 3, None],
            [len(EMPTY_TEXTS) + 4, None],
        ),
    ),
    cells("formulas without a value", "integer", [formula("<v>5</v>"), formula("")], [5], (3, "v", "type-error")),
    cells(
        "a number declared as text",
        "string",
        [number("1.10"), number("7")],
        ["1.10", "7"],
        columns={"v": "string"},
    ),
    cells(
        "text declared as a number",
        "integer",
        [inline("<t>7</t>"), inline("<t>x</t>")],
        [7],
        (3, "v", "type-error"),
        columns={"v": "integer"},
    ),
    of(
        "text and dates declared as dates with a format",
        book([["id", "v"], [1, date(2024, 1, 30)], [2, "31.01.2024"], [3, "30.02.2024"], [4, None]]),
        table(
            {"id": "integer", "v": "date"},
            [1, "2024-01-30"],
            [2, "2024-01-31"],
            [4, None],
            rejects=[(4, "v", "type-error")],
        ),
        columns={"v": {"type": "date", "format": "DD.MM.YYYY"}},
    ),
    of(
        "a number declared as null",
        book([["id", "v"], [1, 5], [2, -999]]),
        table({"id": "integer", "v": "integer"}, [1, 5], [2, None]),
        null_values=["-999"],
    ),
    of(
        "entities that grow",
        xlsx(sheet_rows(['<c t="s"><v>0</v></c>']), parts={"xl/sharedStrings.xml": ENTITIES}),
        refused("corrupt-file"),
    ),
    of(
        "entities from outside",
        xlsx(sheet_rows(['<c t="s"><v>0</v></c>']), parts={"xl/sharedStrings.xml": OUTSIDE}),
        refused("corrupt-file"),
    ),
    of("a shared string that is not there", xlsx(sheet_rows(['<c t="s"><v>9</v></c>'])), refused("corrupt-file")),
    of("XML that ends too early", xlsx("", sheet="<worksheet><sheetData><row"), refused("corrupt-file")),
    of("a column beyond the last", xlsx('<row r="1"><c r="ZZZZ1"><v>1</v></c></row>'), refused("corrupt-file")),
    of("a bomb of a sheet", lambda: xlsx(" " * (64 << 20)), refused("compression-ratio")),
    of("a workbook cut in half", lambda: book(PEOPLE)()[:3000], refused("truncated-file")),
    of("a workbook with a password", ole("EncryptedPackage"), refused("encrypted-file")),
    of("a Word document", ole("WordDocument"), refused("unsupported-format"), filename="a.doc"),
    of(
        "a Word document of today",
        zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": "<w/>"}),
        refused("unsupported-format"),
        filename="a.docx",
    ),
    of(
        "XLS",
        xls(["a", "t", "on"], [1, "001", JAN], [2.5, "x", date(1999, 12, 31)], styles={2: "YYYY-MM-DD"}),
        table(
            {"a": "decimal", "t": "string", "on": "date"},
            [1, "001", "2024-01-31"],
            [D("2.5"), "x", "1999-12-31"],
            format="xls",
        ),
        filename="a.xls",
    ),
    of(
        "XLS, days since 1904",
        xls(["on"], [43860], styles={0: "YYYY-MM-DD"}, is_1904=True),
        table({"on": "date"}, ["2024-01-31"]),
        filename="a.xls",
    ),
    of("XLS, booleans", xls(["b"], [True], [False]), table({"b": "boolean"}, [True], [False]), filename="a.xls"),
    of("XLS cut short", lambda: xls(["a"], [1])()[:1024], refused("corrupt-file"), filename="a.xls"),
    of(
        "XLSB",
        xlsb(
            row(0, cell(6, 0, text("a")), cell(6, 1, text("t"))),
            row(1, cell(2, 0, struct.pack("<I", 5 << 2 | 2)), cell(6, 1, text("001"))),
            row(2, cell(5, 0, real(0.5)), cell(7, 1, bytes(4))),
            strings=("é",),
        ),
        table({"a": "decimal", "t": "string"}, [5, "001"], [D("0.5"), "é"], format="xlsb"),
        filename="a.xlsb",
    ),
    of(
        "XLSB, days",
        xlsb(row(0, cell(6, 0, text("on"))), row(1, cell(5, 0, real(45322), 1)), formats=(0, 14)),
        table({"on": "date"}, ["2024-01-31"]),
        filename="a.xlsb",
    ),
    of(
        "XLSB, an error among numbers",
        xlsb(row(0, cell(6, 0, text("v"))), row(1, cell(5, 0, real(1))), row(2, cell(3, 0, b"\x2a"))),
        table({"v": "integer"}, [1], [None], notes=["Column 'v' has errors, first #N/A in row 3; they became null"]),
        filename="a.xlsb",
    ),
    of(
        "XLSB, an error among numbers, rejected on request",
        xlsb(row(0, cell(6, 0, text("v"))), row(1, cell(5, 0, real(1))), row(2, cell(3, 0, b"\x17"))),
        table({"v": "integer"}, [1], rejects=[(3, "v", "type-error")]),
        filename="a.xlsb",
        error_cells="reject",
    ),
    of(
        "XLSB, short cells as SheetJS and Aspose write them",
        xlsb(
            row(0, cell(6, 0, text("a")), *(short(17, text(name)) for name in "bcdefg")),
            row(
                1,
                cell(5, 0, real(1.5)),
                short(13, struct.pack("<I", 7 << 2 | 2)),
                short(15, b"\1"),
                short(16, real(45322), 1),
                short(17, text("007")),
                short(18, bytes(4)),
                short(14, b"\x2a"),
            ),
            row(
                3,
                cell(1, 1, b""),
                short(16, real(9), 0),
                cell(7, 4, bytes(4)),
                short(12, b""),
                short(18, struct.pack("<I", 1)),
            ),
            strings=("é", "ü"),
            formats=(0, 14),
        ),
        table(
            {"a": "decimal", "b": "integer", "c": "string", "d": "date", "e": "string", "f": "string", "g": "string"},
            [D("1.5"), 7, "TRUE", "2024-01-31", "007", "é", "#N/A"],
            [None, None, "9", None, "é", None, "ü"],
        ),
        filename="a.xlsb",
    ),
    of(
        "XLSB, a short cell without one before it",
        xlsb(row(0, cell(6, 0, text("v"))), row(1, short(16, real(1)))),
        refused("corrupt-file"),
        filename="a.xlsb",
    ),
    of(
        "XLSB, a cell of an unknown kind",
        xlsb(row(0, cell(6, 0, text("v"))), row(1, cell(5, 0, real(1)), record(60, bytes(12)))),
        refused("corrupt-file"),
        filename="a.xlsb",
    ),
    of(
        "XLSB, what belongs to cells and to newer programs",
        xlsb(
            row(0, cell(6, 0, text("v"))),
            record(37) + record(1024, bytes(4)) + record(38),
            row(1, record(49, bytes(4)), cell(9, 0, real(2) + bytes(6)), record(427, bytes(20))),
            record(35, bytes(4)) + cell(5, 0, real(9)) + record(36),
            row(2, record(50, bytes(4)), cell(9, 0, real(3) + bytes(6)), record(426, bytes(20))),
        ),
        table({"v": "integer"}, [2], [3]),
        filename="a.xlsb",
    ),
    of(
        "XLSB, an extension that does not end",
        xlsb(row(0, cell(6, 0, text("v"))), row(1, cell(5, 0, real(2))), record(35, bytes(4))),
        refused("corrupt-file"),
        filename="a.xlsb",
    ),
    of(
        "XLSB, rich text",
        xlsb(row(0, cell(6, 0, text("v"))), row(1, record(62, struct.pack("<II", 0, 0) + b"\0" + text("rich")))),
        texts("v", ["rich"]),
        filename="a.xlsb",
    ),
    of(
        "ODS",
        ods(
            [("", "a"), ("", "t"), ("", "on"), ("", "b")],
            [("float", "12345678901234567890"), ("", "001"), ("date", "2024-01-31"), ("boolean", "true")],
            [("float", "2"), ("", "x"), ("date", "1999-12-31"), ("boolean", "false")],
        ),
        table(
            {"a": "integer", "t": "string", "on": "date", "b": "boolean"},
            [12345678901234567890, "001", "2024-01-31", True],
            [2, "x", "1999-12-31", False],
            format="ods",
        ),
        filename="a.ods",
    ),
    of(
        "ODS, moments, money and percentages",
        ods(
            [("", "at"), ("", "m"), ("", "p")],
            [("date", "2024-01-31T12:30:00"), ("currency", "1.10"), ("percentage", "0.25")],
        ),
        table({"at": "datetime", "m": "decimal", "p": "decimal"}, ["2024-01-31T12:30:00", D("1.10"), D("0.25")]),
        filename="a.ods",
    ),
    of(
        "ODS, times of day", ods([("", "at")], [("time", "PT12H30M00S")]), texts("at", ["12:30:00"]), filename="a.ods"
    ),
    of(
        "ODS cut in half",
        lambda: ods([("", "a")], [("float", "1")])()[:500],
        refused("truncated-file"),
        filename="a.ods",
    ),
)
