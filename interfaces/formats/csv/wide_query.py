"""Build the SQL that converts the records of a wide CSV file: columns of one format are converted as one list.

DuckDB takes more than a millisecond to prepare the expressions of one column, so that a file of a thousand columns
would cost seconds before its first row. A list has one expression, whatever its length. Its elements cost more than
cells, so it pays from WIDE_COLUMNS columns on.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from interfaces.formats.csv.query import cell_json_sql, checked_lines_sql, records_sql, value_fits_sql
from interfaces.formats.csv.table import CsvTable
from interfaces.formats.sql_literal import quote_literal
from interfaces.formats.values.blanks import trim_sql
from interfaces.formats.values.form import ValueFormat

WIDE_COLUMNS = 128


@dataclass(frozen=True, slots=True)
class _Group:
    """The columns of one format, as the list `name`; a value of an `enforced` column may not fit."""

    name: str
    form: ValueFormat
    enforced: bool
    columns: Sequence[int]

    def values_sql(self, trims: bool) -> str:
        """The SQL of the list of cells, with null words as null."""
        values = f"[{', '.join(f'c{at}' for at in self.columns)}]"
        if trims:
            values = _each(values, trim_sql("cell"))
        if self.form.nulls:
            words = ", ".join(map(quote_literal, self.form.nulls))
            values = _each(values, f"if(cell in ({words}), null, cell)")
        return f"{values} as {self.name}"

    def check_sql(self) -> str:
        """The condition that all values fit; empty if all texts do."""
        if not self.form.patterns and self.form.valid is None:
            return ""
        fits = _each(self.name, f"coalesce(cell = '' or ({value_fits_sql('cell', self.form)}), true)")
        return f"list_bool_and({fits})"


def wide_json_lines_sql(table: CsvTable) -> str:
    """The same query as `json_lines_sql`, for a table of many columns."""
    groups = _group_columns(table)
    relation = records_sql(table.path, replace(table.dialect, trims=False), len(table.columns))
    values = ", ".join(group.values_sql(table.dialect.trims) for group in groups)
    return checked_lines_sql(
        f"concat('[', array_to_string({_cells_sql(groups)}, ','), ']\n')",
        f"(select {values} from {relation})",  # noqa: S608
        guessed=_join_checks(group for group in groups if not group.enforced),
        declared=_join_checks(group for group in groups if group.enforced),
        padded=table.long_lines,
    )


def _group_columns(table: CsvTable) -> Sequence[_Group]:
    columns: dict[tuple[ValueFormat, bool], list[int]] = {}
    for at, form in enumerate(table.forms):
        columns.setdefault((form, at in table.enforced), []).append(at)
    return [_Group(f"g{number}", *kind, columns[kind]) for number, kind in enumerate(columns)]


def _cells_sql(groups: Sequence[_Group]) -> str:
    """The list of the JSON of all cells, in the order of the columns."""
    cells = " || ".join(_each(group.name, cell_json_sql("cell", group.form)) for group in groups)
    order = [at for group in groups for at in group.columns]
    if len(groups) == 1:
        return cells
    places = {at: place for place, at in enumerate(order, 1)}
    return f"list_select({cells}, {[places[at] for at in range(len(order))]})"


def _each(values: str, expression: str) -> str:
    """The list of `expression` for each `cell` of a list."""
    return f"list_transform({values}, lambda cell: {expression})"


def _join_checks(groups: Iterable[_Group]) -> str:
    return " and ".join(filter(None, (group.check_sql() for group in groups)))
