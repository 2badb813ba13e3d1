"""The XML of a written workbook's parts, except rows: styles, relationships, content types (ECMA-376).

It is the minimum that Excel, LibreOffice and the usual libraries accept.
"""

from collections.abc import Sequence
from xml.sax.saxutils import escape

from interfaces.formats.xlsx.writer_cells import MAX_DECIMALS

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"

_FIRST_FORMAT = 164
"""The first id for custom number formats."""


def relations_xml() -> str:
    """`_rels/.rels`. It is the first part of the archive, so that the file's type can be detected."""
    return (
        f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    )


def workbook_parts(sheets: Sequence[str]) -> dict[str, str]:
    """The parts after the sheets by their paths, for a workbook whose sheets have these names."""
    numbers = range(1, len(sheets) + 1)
    named = "".join(
        f'<sheet name="{escape(name)}" sheetId="{at}" r:id="rId{at}"/>'
        for at, name in zip(numbers, sheets, strict=True)
    )
    targets = "".join(
        f'<Relationship Id="rId{at}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{at}.xml"/>' for at in numbers
    )
    styles = f'<Relationship Id="rId{len(sheets) + 1}" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    overrides = "".join(_override_xml(f"/xl/worksheets/sheet{at}.xml", "worksheet+xml") for at in numbers)
    return {
        "xl/workbook.xml": (
            f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><workbookPr date1904="false"/>'
            f"<sheets>{named}</sheets></workbook>"
        ),
        "xl/_rels/workbook.xml.rels": (
            f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{targets}{styles}</Relationships>'
        ),
        "xl/styles.xml": _styles_xml(),
        "[Content_Types].xml": (
            f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
            f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Default Extension="xml" ContentType="application/xml"/>'
            f"{_override_xml('/xl/workbook.xml', 'sheet.main+xml')}"
            f"{_override_xml('/xl/styles.xml', 'styles+xml')}{overrides}"
            "</Types>"
        ),
    }


def sheet_start_xml(widths: Sequence[int]) -> str:
    """The XML before a sheet's rows. The first row is the header and is frozen."""
    columns = "".join(
        f'<col min="{at}" max="{at}" width="{width}" customWidth="1"/>' for at, width in enumerate(widths, 1)
    )
    return (
        f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f"<cols>{columns}</cols><sheetData>"
    )


SHEET_END = "</sheetData></worksheet>"


def _override_xml(path: str, kind: str) -> str:
    return f'<Override PartName="{path}" ContentType="{_TYPE}.{kind}"/>'


def _styles_xml() -> str:
    """The styles in the order of `writer_cells`: general, date, time, milliseconds, text, header, decimals."""
    own = ["yyyy\\-mm\\-dd", "yyyy\\-mm\\-dd\\ hh:mm:ss", "yyyy\\-mm\\-dd\\ hh:mm:ss.000"]
    own += ["0." + "0" * decimals for decimals in range(1, MAX_DECIMALS + 1)]
    formats = "".join(f'<numFmt numFmtId="{_FIRST_FORMAT + at}" formatCode="{code}"/>' for at, code in enumerate(own))
    times = [_FIRST_FORMAT + at for at in range(3)]
    decimals = [_FIRST_FORMAT + at for at in range(3, len(own))]
    used = [(0, 0), *((one, 0) for one in times), (49, 0), (0, 1), *((one, 0) for one in decimals)]
    cells = "".join(
        f'<xf numFmtId="{one}" fontId="{font}" fillId="0" borderId="0" xfId="0"{_APPLY}/>' for one, font in used
    )
    return (
        f'{_XML}<styleSheet xmlns="{_MAIN}"><numFmts count="{len(own)}">{formats}</numFmts>'
        f'<fonts count="2"><font>{_FONT}</font><font><b/>{_FONT}</font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        f'<cellXfs count="{len(used)}">{cells}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )


_APPLY = ' applyNumberFormat="1" applyFont="1"'
_FONT = '<sz val="11"/><name val="Calibri"/><family val="2"/>'
