"""Reads the list of streams in an OLE compound file (MS-CFB), the container of old Office documents."""

import struct
from pathlib import Path

from interfaces.formats.workbook.parts import corrupt_error

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENTRY_BYTES = 128
_MAX_SECTORS = 4_096
_END_OF_CHAIN = 0xFFFFFFFA


def read_stream_names(path: Path) -> set[str]:
    """The names of the streams in a container. Raises Invalid `corrupt-file`."""
    with path.open("rb") as file:
        header = file.read(512)
        if len(header) < 512:
            raise corrupt_error("its end is missing")
        (shift,) = struct.unpack_from("<H", header, 30)
        if shift not in (9, 12):
            raise corrupt_error("its sectors have an unknown size")
        size = 1 << shift
        tables = struct.unpack_from("<109I", header, 76)
        (sector,) = struct.unpack_from("<I", header, 48)
        names: set[str] = set()
        for _ in range(_MAX_SECTORS):
            if sector >= _END_OF_CHAIN:
                break
            file.seek((sector + 1) * size)
            data = file.read(size)
            if not data:
                raise corrupt_error("its end is missing")
            for start in range(0, len(data) - _ENTRY_BYTES + 1, _ENTRY_BYTES):
                (length,) = struct.unpack_from("<H", data, start + 64)
                if 2 <= length <= 64:
                    names.add(data[start : start + length - 2].decode("utf-16-le", "replace"))
            table, place = divmod(sector, size // 4)
            if table >= len(tables) or tables[table] >= _END_OF_CHAIN:
                break
            file.seek((tables[table] + 1) * size + 4 * place)
            entry = file.read(4)
            sector = struct.unpack("<I", entry)[0] if len(entry) == 4 else _END_OF_CHAIN
    return names
