"""Notes on the hidden rows and columns of a sheet, which are read like the others."""

from collections.abc import Iterator, Sequence

from interfaces.formats.workbook.sheet_rows import SheetRows

_MAX_NAMES = 3


def hidden_notes(sheet: SheetRows, names: Sequence[str]) -> Iterator[str]:
    """The notes on hidden rows below the header, and on hidden columns; `names` are those of the sheet's columns."""
    if count := _count_hidden_rows(sheet):
        total, first = count
        which = f"Row {first:,} is" if total == 1 else f"{total:,} rows are"
        rest = "" if total == 1 else f", first row {first:,}"
        yield f"{which} hidden in the sheet, and read like the others{rest}."
    hidden = [
        repr(name)
        for at, name in enumerate(names, sheet.first_column)
        if any(first <= at <= last for first, last in sheet.hidden_columns)
    ]
    if hidden:
        more = f" and {len(hidden) - _MAX_NAMES:,} more" if len(hidden) > _MAX_NAMES else ""
        listed = ", ".join(hidden[:_MAX_NAMES]) + more
        which = f"Column {listed} is" if len(hidden) == 1 else f"Columns {listed} are"
        yield f"{which} hidden in the sheet, and read like the others."


def _count_hidden_rows(sheet: SheetRows) -> tuple[int, int] | None:
    """The number of rows of the table that are hidden, and the first of them; None if there are none."""
    hidden, at, total, first = sheet.hidden_rows, 0, 0, 0
    if not hidden:
        return None
    for number in sheet.spool.line_numbers:
        while at < len(hidden) and hidden[at] < number:
            at += 1
        if at == len(hidden):
            break
        if hidden[at] == number:
            total, first = total + 1, first or number
    return (total, first) if total else None
