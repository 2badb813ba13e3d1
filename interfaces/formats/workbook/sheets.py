"""Which of a workbook's sheets is read: the one asked for, or the first visible one that has cells."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from domain.errors import Invalid
from interfaces.formats.source import InputFile
from interfaces.formats.workbook.header import MergedRange
from interfaces.formats.workbook.sheet_rows import SheetRows
from interfaces.formats.workbook.table import WorkbookTable, build_table


@dataclass(frozen=True, slots=True)
class WorkbookSheet:
    """A sheet by its name. `part` is where the format keeps its cells."""

    name: str
    is_visible: bool
    part: str = ""


@dataclass(frozen=True, slots=True)
class SheetContent:
    """A sheet's rows; `notes` say what was odd in them."""

    rows: SheetRows
    merged: Sequence[MergedRange] = ()
    notes: Sequence[str] = ()


def describe_workbook(
    source: InputFile, format: str, sheets: Sequence[WorkbookSheet], read: Callable[[WorkbookSheet], SheetContent]
) -> WorkbookTable:
    """Choose a sheet, read it and describe it. Raises Invalid `unknown-sheet` or `empty-file`."""
    for sheet in _candidate_sheets(source, sheets):
        found = read(sheet)
        if not found.rows.is_empty:
            listed = [{"name": each.name, "visible": each.is_visible} for each in sheets]
            layout = {"format": format, "sheet": sheet.name, "sheets": listed}
            return build_table(source, found.rows, found.merged, layout, [*_sheet_notes(sheet, sheets), *found.notes])
        found.rows.spool.remove()
    if source.options.sheet is not None:
        raise Invalid(
            "empty-file", f"The sheet {sheet.name!r} has no cells; the workbook has {_format_sheets(sheets)}."
        )
    raise Invalid("empty-file", f"No visible sheet of the workbook has cells: it has {_format_sheets(sheets)}.")


def _candidate_sheets(source: InputFile, sheets: Sequence[WorkbookSheet]) -> Sequence[WorkbookSheet]:
    wanted = source.options.sheet
    if wanted is None:
        return [sheet for sheet in sheets if sheet.is_visible]
    if isinstance(wanted, str):
        same = [sheet for sheet in sheets if sheet.name == wanted]
        same = same or [sheet for sheet in sheets if sheet.name.casefold() == wanted.casefold()]
        if same:
            return same[:1]
    elif 1 <= wanted <= len(sheets):
        return [sheets[wanted - 1]]
    raise Invalid("unknown-sheet", f"There is no sheet {wanted!r}: the workbook has {_format_sheets(sheets)}.")


def _sheet_notes(chosen: WorkbookSheet, sheets: Sequence[WorkbookSheet]) -> Iterator[str]:
    others = [sheet for sheet in sheets if sheet is not chosen]
    if others:
        yield f"The sheet {chosen.name!r} was read; the workbook also has {_format_sheets(others)}."


def _format_sheets(sheets: Sequence[WorkbookSheet]) -> str:
    names = [repr(sheet.name) + ("" if sheet.is_visible else " (hidden)") for sheet in sheets[:50]]
    return (", ".join(names) or "no sheets") + (" …" if len(sheets) > 50 else "")
