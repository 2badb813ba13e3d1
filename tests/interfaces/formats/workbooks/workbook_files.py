"""Builds XLSX workbooks from XML for tests, and reads workbooks of any format to the end, XLSX by both readers."""

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn
from unittest.mock import patch

from application.imports.file_format import FileOptions
from interfaces.formats import workbook_formats
from interfaces.formats.source import (
    InputFile,
    KeyFault,
    ParsedBlock,
    ParsedReject,
    ParsedTable,
    SourceLimits,
)
from interfaces.formats.xlsx import shared_strings, xlsx_reader
from interfaces.formats.xlsx.text import FastScanFailed
from tests.limits import SOURCE_LIMITS

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


@dataclass(frozen=True)
class Read:
    """`rows` are decoded values (numbers with a point as Decimal), `lines` the sheet's row of each."""

    table: ParsedTable
    rows: list[list[Any]]
    lines: list[int]
    rejects: list[ParsedReject]
    json: bytes
    blocks: list[ParsedBlock] = field(default_factory=list)

    @property
    def types(self) -> list[str]:
        return [column.type.value for column in self.table.columns]

    @property
    def names(self) -> list[str]:
        return list(self.table.names)

    def column(self, at: int) -> list[Any]:
        return [row[at] for row in self.rows]


def read(
    folder: Path,
    data: bytes,
    options: FileOptions | None = None,
    *,
    limits: SourceLimits | None = None,
    excluded: dict[int, KeyFault] | None = None,
) -> Read:
    """The workbook with these bytes, its format detected and its rows read completely.

    An XLSX workbook is read a second time by the XML parser alone, which must find the same.
    """
    path = folder / "book"
    path.write_bytes(data)
    kind = workbook_formats.detect_workbook_format(path, data[:65_536])
    assert kind is not None
    source = InputFile(path, "book", folder, limits or SOURCE_LIMITS, options or FileOptions())
    found = _read_source(source, kind, excluded)
    if kind == "xlsx":
        with without_fast_scan():
            parsed = _read_source(source, kind, excluded)
        assert (found.names, found.types, found.table.notes) == (parsed.names, parsed.types, parsed.table.notes)
        assert (found.json, found.lines, found.rejects) == (parsed.json, parsed.lines, parsed.rejects)
    return found


@contextmanager
def without_fast_scan() -> Iterator[None]:
    """Read XLSX files by the XML parser alone: the fast scan refuses every part."""

    def refuse(*_: object) -> NoReturn:
        raise FastScanFailed

    with patch.object(xlsx_reader, "scan_sheet", refuse), patch.object(shared_strings, "_scan_strings", refuse):
        yield


def _read_source(source: InputFile, kind: str, excluded: dict[int, KeyFault] | None) -> Read:
    format = workbook_formats.WORKBOOK_READERS[kind]
    table = format.describe(source)
    blocks = list(format.rows(source, table, excluded=excluded))
    lines = b"".join(block.lines for block in blocks)
    rows = [json.loads(line, parse_float=Decimal) for line in lines.splitlines()]
    assert sum(block.count for block in blocks) == len(rows)
    runs = [run for block in blocks for run in block.runs]
    ends = [row for row, _ in runs[1:]] + [len(rows)] * bool(runs)
    numbers = [line + row - start for (start, line), end in zip(runs, ends, strict=True) for row in range(start, end)]
    rejects = [reject for block in blocks for reject in block.rejects]
    return Read(table, rows, numbers, rejects, lines, blocks)


def xlsx(
    rows: str,
    *,
    strings: str = "",
    formats: tuple[int | str, ...] = (0,),
    sheet: str | None = None,
    book: str = "",
    behind: str = "",
    more_styles: str = "",
    parts: dict[str, bytes] | None = None,
) -> bytes:
    """An XLSX workbook of one sheet whose `sheetData` is `rows`; `strings` are the `si` elements, `formats` the
    number formats of the styles: an id, or a code. `behind` is the XML after the rows, `more_styles` after the
    styles. `sheet` is the whole XML of the sheet instead."""
    codes = {code: 164 + at for at, code in enumerate(formats) if isinstance(code, str)}
    known = "".join(f'<numFmt numFmtId="{id}" formatCode="{_quoted(code)}"/>' for code, id in codes.items())
    styles = "".join(f'<xf numFmtId="{codes.get(str(format), format)}"/>' for format in formats)
    related = "".join(
        f'<Relationship Id="{id}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'
        for id, kind, target in (
            ("r1", "worksheet", "worksheets/sheet1.xml"),
            ("r2", "styles", "styles.xml"),
            ("r3", "sharedStrings", "sharedStrings.xml"),
        )
    )
    found: dict[str, bytes | str] = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r" Type="{_RELATIONS}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{_RELATIONS}">{book}<sheets>'
        '<sheet name="Sheet" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}">{related}</Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><numFmts>{known}</numFmts>'
        f"<cellXfs>{styles}</cellXfs>{more_styles}</styleSheet>",
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{strings}</sst>',
        "xl/worksheets/sheet1.xml": sheet
        or f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>{behind}</worksheet>',
        **(parts or {}),
    }
    return zipped(found)


def zipped(parts: dict[str, Any]) -> bytes:
    """A ZIP archive; parts that are None are left out."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            if content is not None:
                archive.writestr(name, content)
    return file.getvalue()


def sheet_rows(cells: list[str], header: str = "name") -> str:
    """A header and rows of one cell each, given as their XML without `r`: `<c t="b"><v>1</v></c>`."""
    rows = [f'<c t="inlineStr"><is><t>{header}</t></is></c>', *cells]
    placed = [cell.replace("<c", f'<c r="A{at}"', 1) for at, cell in enumerate(rows, 1)]
    return "".join(f'<row r="{at}">{cell}</row>' for at, cell in enumerate(placed, 1))


def _quoted(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
