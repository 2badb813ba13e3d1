"""Recognises formats that are not read by their first bytes, so that the refusal of a file can name them."""

import re
import struct

_MAGIC = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF document"),
    (b"%!PS", "a PostScript document"),
    (b"{\\rtf", "an RTF document"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"ARROW1", "an Arrow file"),
    (b"FEA1", "a Feather file"),
    (b"Obj\x01", "an Avro file"),
    (b"ORC", "an ORC file"),
    (b"\x89HDF", "an HDF5 file"),
    (b"$FL2", "an SPSS file"),
    (b"<stata_dta>", "a Stata file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x00\x01\x00\x00Standard ", "an Access database"),
    (b"\x00\x00\x02\x00\x06\x04\x06\x00", "a Lotus 1-2-3 worksheet"),
)
_BINARY_MAGIC = (b"ORC", b"Obj\x01", b"FEA1")
"""Short and printable: these count only if other bytes show that the file is not text."""
_HTML_TAGS = (
    rb"html|head|body|table|thead|tbody|tr|td|th|meta|style|script|title|div|p|br|h[1-6]|center|font|link|pre|span"
)
_COMMENTS = re.compile(rb"(?:\s*<!--.*?-->)*\s*", re.DOTALL)
_HTML = re.compile(rb"(?:<\?xml[^>]*>\s*)?(?:<!doctype\s+html|<(?:%b)(?:\s[^<>]*)?/?>)" % _HTML_TAGS, re.IGNORECASE)
_XML = re.compile(
    rb"<\?xml\s|<[A-Za-z_][\w.-]*:[\w.-]+\s+xmlns|<[A-Za-z_][\w.-]*(?:\s+[\w:.-]+=\"[^\"<]*\")*\s*>\s*<\w"
)
_SPREADSHEET_ML = (b"urn:schemas-microsoft-com:office:spreadsheet", b'progid="Excel.Sheet"')
_MIME = re.compile(rb"(?:[A-Za-z-]+:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*)*?MIME-Version:", re.IGNORECASE)
_DIF = re.compile(rb"TABLE\r?\n0,1\r?\n\"")
_SYLK_RECORD = re.compile(rb"(?:ID|[BCFOPW]|NN|NE|NU)(?:;|$)|E$")
_SYLK_CELL = re.compile(rb"[CF];(?:[^;]*;)*[XYK][0-9\"]")
_DBASE = frozenset(b"\x02\x03\x30\x31\x32\x43\x63\x83\x8b\x8e\xcb\xf5")
_TAR_BLOCK = 512


def name_other_format(head: bytes) -> str | None:
    """The format of a binary file, such as "a PNG image"; None if it is not known. `head` is its first kilobytes."""
    for magic, name in _MAGIC:
        if head.startswith(magic) and (magic not in _BINARY_MAGIC or b"\x00" in head):
            return name
    if _is_tar(head):
        return "a tar archive"
    return "a dBase file" if _is_dbase(head) else None


def name_other_text(text: bytes) -> str | None:
    """The format of a text that is marked up for another purpose, such as "an HTML page"; None if it is not known.

    `text` is the beginning in UTF-8, without leading white space. Error pages, and what some programs save with the
    file name of a table: read as lines they are not a table.
    """
    start = text[_end_of_comments(text) :]
    if any(mark in text for mark in _SPREADSHEET_ML) and start.startswith(b"<") and not _HTML.match(start):
        return "a SpreadsheetML workbook (XML of Excel 2003)"
    if _HTML.match(start):
        return "an HTML page"
    if _XML.match(start):
        return "an XML document"
    if _MIME.match(text):
        return "a web page in MHTML or an e-mail"
    if _DIF.match(text):
        return "a DIF file"
    return "a SYLK file" if _is_sylk(text) else None


def _end_of_comments(text: bytes) -> int:
    match = _COMMENTS.match(text)
    return match.end() if match else 0


def _is_sylk(text: bytes) -> bool:
    """Whether all lines are records of SYLK. A header such as `ID;Price` begins in the same way."""
    lines = [line.strip() for line in text.splitlines()[:-1] if line.strip()]
    return (
        text.startswith(b"ID;")
        and all(_SYLK_RECORD.match(line) for line in lines[:100])
        and any(_SYLK_CELL.match(line) for line in lines[:100])
    )


def _is_tar(head: bytes) -> bool:
    """Whether the first block is the header of a member: its checksum counts itself as blanks."""
    if len(head) < _TAR_BLOCK:
        return False
    field = head[148:156].strip(b"\x00 ")
    total = sum(head[:148]) + 8 * ord(" ") + sum(head[156:_TAR_BLOCK])
    return re.fullmatch(rb"[0-7]{1,8}", field) is not None and int(field, 8) == total


def _is_dbase(head: bytes) -> bool:
    """Whether the file begins with a table's header: a date, and field descriptions that end with a mark."""
    if len(head) < 32 or head[0] not in _DBASE or not (1 <= head[2] <= 12 and 1 <= head[3] <= 31):
        return False
    header, record = struct.unpack_from("<HH", head, 8)
    return header >= 33 and record >= 1 and b"\x00" in head[:32] and 0x0D in head[32:header:32]
