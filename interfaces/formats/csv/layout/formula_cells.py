"""Texts written as formulas in the first rows of a file: read them, and say so."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from domain.columns import quote_value
from interfaces.formats.csv.formula_text import unwrap_formula
from interfaces.formats.csv.layout.dialect import CsvSample


def unwrap_sample(sample: CsvSample, columns: Collection[int]) -> CsvSample:
    """The sample with the texts of the cells in `columns`."""
    rows = [[unwrap_formula(cell) if at in columns else cell for at, cell in enumerate(row)] for row in sample.rows]
    return replace(sample, rows=rows, formula_texts=frozenset(columns))


def formula_notes(sample: CsvSample) -> Iterator[str]:
    """The note on a file that has such cells, with the first one if it is in the first rows."""
    found = ((cell, line) for row, line in zip(sample.rows, sample.lines, strict=True) for cell in row)
    cell, line = next(((cell, line) for cell, line in found if unwrap_formula(cell) != cell), ('="…"', 0))
    where = f", first {quote_value(cell)} in line {line:,}," if line else ' (="…")'
    yield f"Values written as formulas{where} are read as the text in their quotes."
