"""Reads BIFF12 records of XLSB workbooks (MS-XLSB 2.1.4): a number, a size and that many bytes each."""

import struct
from collections.abc import Iterator

from interfaces.formats.workbook.parts import Readable, corrupt_error

_MAX_RECORD_BYTES = 16 << 20

ROW, BLANK, RK, CELL_ERROR, CELL_BOOLEAN, CELL_REAL, CELL_TEXT, CELL_SHARED = range(8)
FORMULA_TEXT, FORMULA_NUMBER, FORMULA_BOOLEAN, FORMULA_ERROR = range(8, 12)
SHORT_CELLS = range(12, 19)
"""BLANK to CELL_SHARED without the column: the cell follows the one before."""
SHARED_ITEM = 19
EXTENSION, EXTENSION_END, ALTERNATIVE, ALTERNATIVE_END = range(35, 39)
FORMAT = 44
XF = 47
CELL_METADATA, VALUE_METADATA = 49, 50
COLUMNS = 60
CELL_RICH_TEXT = 62
SHEET_DATA, SHEET_DATA_END = 145, 146
WORKBOOK_PROPERTIES = 153
SHEET = 156
MERGED = 176
ARRAY_FORMULA, SHARED_FORMULA, DATA_TABLE = 426, 427, 428
FORMATS, FORMATS_END = 615, 616
CELL_XFS, CELL_XFS_END = 617, 618


def read_records(stream: Readable) -> Iterator[tuple[int, bytes]]:
    """Yield (number, content) of all records, except those inside extensions for newer programs.

    Raises Invalid for a truncated record and for an extension that does not end.
    """
    depth = 0
    for number, data in _read_all_records(stream):
        if number in (EXTENSION, ALTERNATIVE):
            depth += 1
        elif number in (EXTENSION_END, ALTERNATIVE_END):
            depth -= 1
        elif not depth:
            yield number, data
    if depth:
        raise corrupt_error("it has an extension that does not end")


def _read_all_records(stream: Readable) -> Iterator[tuple[int, bytes]]:
    data, position = b"", 0
    while True:
        header = _read_header(data, position)
        if header is None or header[2] + header[1] > len(data):
            if header is not None and header[1] > _MAX_RECORD_BYTES:
                raise corrupt_error("it has a record of many megabytes")
            more = stream.read(1 << 18)
            if not more:
                if position < len(data):
                    raise corrupt_error("its last record is truncated")
                return
            data, position = data[position:] + more, 0
            continue
        number, size, start = header
        position = start + size
        yield number, data[start:position]


def _read_header(data: bytes, position: int) -> tuple[int, int, int] | None:
    """Number, size and start of content of the record at `position`; None if its header is incomplete."""
    values = []
    for longest in (2, 4):
        value = shift = 0
        for _ in range(longest):
            if position >= len(data):
                return None
            byte = data[position]
            position += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        values.append(value)
    return values[0], values[1], position


def read_wide_string(data: bytes, position: int) -> tuple[str, int]:
    """A string in UTF-16 after its length (0xFFFFFFFF is an empty string), and the position after it.

    Raises Invalid if it is longer than the record.
    """
    (count,) = struct.unpack_from("<I", data, position)
    if count == 0xFFFFFFFF:
        return "", position + 4
    end = position + 4 + 2 * count
    if end > len(data):
        raise corrupt_error("a text is longer than its record")
    return data[position + 4 : end].decode("utf-16-le", "surrogatepass"), end


def decode_rk(raw: int) -> float:
    """An RK number: 30 bits of an integer or of the upper half of a float, optionally to be divided by 100."""
    value = float(raw >> 2 if raw < 0x80000000 else (raw >> 2) - (1 << 30)) if raw & 2 else _decode_upper_half(raw)
    return value / 100 if raw & 1 else value


def _decode_upper_half(raw: int) -> float:
    value: float = struct.unpack("<d", struct.pack("<Q", (raw & 0xFFFFFFFC) << 32))[0]
    return value
