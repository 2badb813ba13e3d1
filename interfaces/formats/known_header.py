"""Recognise a header by the column names of the dataset that a file goes into."""

from collections.abc import Sequence

from application.imports.file_format import FileOptions
from domain.formula_guard import unguard_formula


def is_known_name(line: bytes, options: FileOptions) -> bool:
    """Whether a line is the name of a column of the existing dataset."""
    return _known_name(line.decode(errors="replace"), options) in (options.known_names or ())


def is_known_header(cells: Sequence[str], options: FileOptions) -> bool:
    """Whether the cells are column names of the existing dataset, in any order, perhaps with the formula guard."""
    if not options.known_names:
        return False
    names = [_known_name(cell, options) for cell in cells]
    while names and not names[-1]:
        names.pop()
    return bool(names) and len(set(names)) == len(names) and set(options.known_names).issuperset(names)


def _known_name(cell: str, options: FileOptions) -> str:
    """The name in a cell, without the formula guard unless it is a name with it."""
    name = cell.strip()
    return name if name in (options.known_names or ()) else unguard_formula(name)
