"""Reads the parts of an XLSX workbook that describe it: sheets, date epoch, number formats, relationships."""

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.errors import UnsupportedFormat
from interfaces.formats.workbook.numbers.dates import CellStyle, style_of
from interfaces.formats.workbook.parts import WorkbookArchive, corrupt_error
from interfaces.formats.workbook.sheets import WorkbookSheet
from interfaces.formats.workbook.xml import parse_xml

_MAX_SHEETS = 10_000
_MAX_STYLES = 1_000_000
_CONTENT_TYPES = "[Content_Types].xml"
_MAIN_TYPE = re.compile(r"(?:sheet|template|excel).*\.main(?:\+xml)?\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PackageRelation:
    """A relationship to another part. `kind` is the last segment of its type: worksheet, styles …"""

    kind: str
    target: str


@dataclass(frozen=True, slots=True)
class Workbook:
    """A workbook's description. `styles` has the number style of each cell format; `strings` is the part of shared
    strings, if there is one."""

    sheets: Sequence[WorkbookSheet]
    epoch_1904: bool
    styles: Sequence[CellStyle]
    strings: str | None


def find_main_part(archive: WorkbookArchive) -> str:
    """The part that lists the sheets, in any folder: by the archive's relationships, else by its content types.

    Raises UnsupportedFormat if the archive is not a workbook.
    """
    if "_rels/.rels" in archive:
        for relation in read_relations(archive, "").values():
            if relation.kind == "officeDocument":
                return relation.target
    for name in (*_find_main_types(archive), "xl/workbook.xml", "xl/workbook.bin"):
        if name in archive:
            return name
    raise UnsupportedFormat("unsupported-format", "The file is a ZIP archive, but not a workbook.")


def _find_main_types(archive: WorkbookArchive) -> list[str]:
    """The parts that the content types declare as workbooks."""
    found: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "Override" and _MAIN_TYPE.search(attributes.get("ContentType", "")):
            found.append(attributes.get("PartName", "").lstrip("/"))

    if _CONTENT_TYPES in archive:
        with archive.part(_CONTENT_TYPES) as stream:
            parse_xml(stream, start)
    return found


def read_workbook(archive: WorkbookArchive, part: str) -> Workbook:
    """Read the main part. Raises UnsupportedFormat if it is not a workbook, Invalid if it is damaged."""
    parts = read_relations(archive, part)
    sheets: list[WorkbookSheet] = []
    epoch = in_sheets = False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal epoch, in_sheets
        if name == "sheets":
            in_sheets = True
        elif (
            in_sheets
            and name == "sheet"
            and (relation := parts.get(attributes.get("id", "")))
            and relation.kind == "worksheet"
        ):
            if len(sheets) == _MAX_SHEETS:
                raise corrupt_error(f"it lists more than {_MAX_SHEETS:,} sheets")
            visible = attributes.get("state", "visible") == "visible"
            sheets.append(WorkbookSheet(attributes.get("name", ""), visible, relation.target))
        elif name == "workbookPr":
            epoch = attributes.get("date1904", "0") in ("1", "true", "on")
        elif name in ("document", "presentation"):
            raise UnsupportedFormat("unsupported-format", f"The file is a {name} of another program, not a workbook.")

    def end(name: str) -> None:
        nonlocal in_sheets
        in_sheets = in_sheets and name != "sheets"

    with archive.part(part) as stream:
        parse_xml(stream, start, end)
    named = {relation.kind: relation.target for relation in parts.values()}
    styles = _read_styles(archive, named["styles"]) if named.get("styles", "") in archive else ()
    strings = named.get("sharedStrings", "")
    return Workbook(sheets, epoch, styles, strings if strings in archive else None)


def read_relations(archive: WorkbookArchive, part: str) -> Mapping[str, PackageRelation]:
    """The relationships of `part` ("" is the archive itself) by their ids."""
    folder, name = posixpath.split(part)
    relations: dict[str, PackageRelation] = {}

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", ""))).lstrip("/")
            relations[attributes.get("Id", "")] = PackageRelation(
                attributes.get("Type", "").rpartition("/")[2], target
            )

    listed = posixpath.join(folder, "_rels", f"{name}.rels")
    if listed in archive:
        with archive.part(listed) as stream:
            parse_xml(stream, start)
    return relations


def _read_styles(archive: WorkbookArchive, part: str) -> Sequence[CellStyle]:
    codes: dict[int, str] = {}
    formats: list[int] = []
    section = ""

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal section
        if name in ("numFmts", "cellXfs"):
            section = name
        elif name == "numFmt" and section == "numFmts":
            codes[_parse_id(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
        elif name == "xf" and section == "cellXfs":
            formats.append(_parse_id(attributes.get("numFmtId")))
            if len(formats) > _MAX_STYLES:
                raise corrupt_error(f"it has more than {_MAX_STYLES:,} styles")

    def end(name: str) -> None:
        nonlocal section
        if name == section:
            section = ""

    with archive.part(part) as stream:
        parse_xml(stream, start, end)
    known = {number: style_of(number, codes.get(number)) for number in set(formats)}
    return [known[number] for number in formats]


def _parse_id(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0
