"""Hand-made XLSB workbooks: BIFF12 records as MS-XLSB describes them."""

import struct

from tests.interfaces.formats.workbooks.workbook_files import zipped

_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def record(number: int, content: bytes = b"") -> bytes:
    return _varint(number) + _varint(len(content)) + content


def text(value: str) -> bytes:
    return struct.pack("<I", len(value.encode("utf-16-le")) // 2) + value.encode("utf-16-le")


def cell(number: int, column: int, content: bytes, style: int = 0) -> bytes:
    return record(number, struct.pack("<II", column, style) + content)


def short(number: int, content: bytes, style: int = 0) -> bytes:
    """A cell that follows the one before it, so that it does not name its column."""
    return record(number, struct.pack("<I", style) + content)


def row(number: int, *cells: bytes) -> bytes:
    """`number` from 0."""
    return record(0, struct.pack("<I", number) + bytes(13)) + b"".join(cells)


def xlsb(
    *rows: bytes, strings: tuple[str, ...] = (), formats: tuple[int | str, ...] = (0,), is_1904: bool = False
) -> bytes:
    """A workbook of one sheet."""
    codes = {code: 164 + at for at, code in enumerate(formats) if isinstance(code, str)}
    known = b"".join(record(44, struct.pack("<H", id) + text(code)) for code, id in codes.items())
    styles = b"".join(record(47, struct.pack("<HH", 0, codes.get(str(f), 0) or int(f)) + bytes(12)) for f in formats)
    related = "".join(
        f'<Relationship Id="{id}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'
        for id, kind, target in (
            ("r1", "worksheet", "worksheets/sheet1.bin"),
            ("r2", "styles", "styles.bin"),
            ("r3", "sharedStrings", "sharedStrings.bin"),
        )
    )
    sheet = struct.pack("<II", 0, 1) + text("r1") + text("Sheet")
    properties = struct.pack("<II", int(is_1904), 0) + text("")
    return zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r" '
            f'Type="{_RELATIONS}/officeDocument" Target="xl/workbook.bin"/></Relationships>',
            "xl/workbook.bin": record(131)
            + record(153, properties)
            + record(143)
            + record(156, sheet)
            + record(144)
            + record(132),
            "xl/_rels/workbook.bin.rels": f'<Relationships xmlns="{_PACKAGE}">{related}</Relationships>',
            "xl/styles.bin": record(278)
            + record(615, struct.pack("<I", len(codes)))
            + known
            + record(616)
            + record(617, struct.pack("<I", len(formats)))
            + styles
            + record(618)
            + record(279),
            "xl/sharedStrings.bin": record(159, struct.pack("<II", len(strings), len(strings)))
            + b"".join(record(19, b"\0" + text(each)) for each in strings)
            + record(160),
            "xl/worksheets/sheet1.bin": record(129)
            + record(148, struct.pack("<IIII", 0, 9, 0, 9))
            + record(145)
            + b"".join(rows)
            + record(146)
            + record(130),
        }
    )


def real(value: float) -> bytes:
    return struct.pack("<d", value)


def _varint(value: int) -> bytes:
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])
