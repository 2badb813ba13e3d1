"""Chooses the sheet to read: the one requested, or the first visible one that has cells."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from domain.errors import Invalid
from interfaces.formats.source import InputFile
from interfaces.formats.workbook.header import MergedRange
from interfaces.formats.workbook.sheet_rows import SheetRows
from interfaces.formats.workbook.table import WorkbookTable, build_table


@dataclass(frozen=True, slots=True)
class WorkbookSheet:
    """A sheet of a workbook. `part` is the format's reference to its cells."""

    name: str
    is_visible: bool
    part: str = ""


@dataclass(frozen=True, slots=True)
class SheetContent:
    """A sheet that was read. `notes` are sentences for people on what was unusual in it."""

    rows: SheetRows
    merged: Sequence[MergedRange] = ()
    notes: Sequence[str] = ()


def describe_workbook(
    source: InputFile, format: str, sheets: Sequence[WorkbookSheet], read: Callable[[WorkbookSheet], SheetContent]
) -> WorkbookTable:
    """Choose a sheet, read it and describe it. Raises Invalid `unknown-sheet` or `empty-file`."""
    for sheet in _candidate_sheets(source, sheets):
        content = read(sheet)
        if not content.rows.is_empty:
            listed = [{"name": each.name, "visible": each.is_visible} for each in sheets]
            layout = {"format": format, "sheet": sheet.name, "sheets": listed}
            return build_table(
                source, content.rows, content.merged, layout, [*_sheet_notes(sheet, sheets), *content.notes]
            )
        content.rows.spool.remove()
    if source.options.sheet is not None:
        raise Invalid(
            "empty-file", f"The sheet {sheet.name!r} has no cells; the workbook has {_format_sheets(sheets)}."
        )
    raise Invalid("empty-file", f"No visible sheet of the workbook has cells: it has {_format_sheets(sheets)}.")


def _candidate_sheets(source: InputFile, sheets: Sequence[WorkbookSheet]) -> Sequence[WorkbookSheet]:
    requested = source.options.sheet
    if requested is None:
        return [sheet for sheet in sheets if sheet.is_visible]
    if isinstance(requested, str):
        matches = [sheet for sheet in sheets if sheet.name == requested]
        matches = matches or [sheet for sheet in sheets if sheet.name.casefold() == requested.casefold()]
        if matches:
            return matches[:1]
    elif 1 <= requested <= len(sheets):
        return [sheets[requested - 1]]
    raise Invalid("unknown-sheet", f"There is no sheet {requested!r}: the workbook has {_format_sheets(sheets)}.")


def _sheet_notes(chosen: WorkbookSheet, sheets: Sequence[WorkbookSheet]) -> Iterator[str]:
    others = [sheet for sheet in sheets if sheet is not chosen]
    if others:
        yield f"The sheet {chosen.name!r} was read; the workbook also has {_format_sheets(others)}."


def _format_sheets(sheets: Sequence[WorkbookSheet]) -> str:
    names = [repr(sheet.name) + ("" if sheet.is_visible else " (hidden)") for sheet in sheets[:50]]
    return (", ".join(names) or "no sheets") + (" …" if len(sheets) > 50 else "")
