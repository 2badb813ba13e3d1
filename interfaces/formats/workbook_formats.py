"""Detect whether a file is a workbook, and in which format, by its content."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

from domain.errors import UnsupportedFormat
from interfaces.formats.ods import ods_reader
from interfaces.formats.workbook.ole import OLE_MAGIC as OLE
from interfaces.formats.workbook.ole import read_stream_names
from interfaces.formats.workbook.parts import corrupt_error, encrypted_error
from interfaces.formats.xls import xls_reader
from interfaces.formats.xlsb import xlsb_reader
from interfaces.formats.xlsx import xlsx_reader

WORKBOOK_READERS: Mapping[str, ModuleType] = {
    "xlsx": xlsx_reader,
    "xlsb": xlsb_reader,
    "xls": xls_reader,
    "ods": ods_reader,
}
"""The reader module of each workbook format."""

_ZIP_MAGIC = b"PK\x03\x04"
_BIFF_MAGIC = (
    b"\x09\x08\x10\x00",
    b"\x09\x08\x08\x00",
    b"\x09\x04\x06\x00",
    b"\x09\x02\x06\x00",
    b"\x09\x00\x04\x00",
)
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
_OTHER_DOCUMENTS = {"word/": "a Word document", "ppt/": "a PowerPoint presentation", "visio/": "a Visio drawing"}


def detect_workbook_format(path: Path, head: bytes) -> str | None:
    """Return the workbook's format, a key of WORKBOOK_READERS; None if the file is not a workbook.

    Raises UnsupportedFormat for other Office documents and encrypted workbooks, Invalid `corrupt-file`.
    """
    if head.startswith(OLE):
        return _ole_format(path)
    if head.startswith(_ZIP_MAGIC):
        return _zip_format(path)
    return "xls" if head[:4] in _BIFF_MAGIC else None


def _ole_format(path: Path) -> str:
    names = read_stream_names(path)
    if "EncryptedPackage" in names:
        raise encrypted_error()
    if names & {"Workbook", "Book", "WORKBOOK", "BOOK"}:
        return "xls"
    what = "an old Word document" if "WordDocument" in names else "an old Office file"
    raise UnsupportedFormat("unsupported-format", f"This is {what}, but no workbook.")


def _zip_format(path: Path) -> str | None:
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.lower(): name for name in archive.namelist()}
            mimetype = (
                archive.open(names["mimetype"]).read(100).decode(errors="replace") if "mimetype" in names else ""
            )
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError):
        raise corrupt_error("its end is missing") from None
    if mimetype.startswith(_OPEN_DOCUMENT):
        if mimetype.removeprefix(_OPEN_DOCUMENT).startswith("spreadsheet"):
            return "ods"
        raise UnsupportedFormat("unsupported-format", "This is an OpenDocument file, but no spreadsheet.")
    if "[content_types].xml" not in names:
        return None
    for folder, what in _OTHER_DOCUMENTS.items():
        if any(name.startswith(folder) for name in names):
            raise UnsupportedFormat("unsupported-format", f"This is {what}, but no workbook.")
    return "xlsb" if any(name.rpartition("/")[2] == "workbook.bin" for name in names) else "xlsx"
