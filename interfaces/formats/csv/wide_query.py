"""Build the SQL that converts the records of a wide CSV file: columns of one format are one list."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from interfaces.formats.cell_lists import column_list_sql, each_cell_sql, in_column_order_sql
from interfaces.formats.csv.formula_text import unwrap_formula_sql
from interfaces.formats.csv.query import (
    all_fit_sql,
    cell_json_sql,
    checked_lines_sql,
    null_words_sql,
    records_sql,
)
from interfaces.formats.csv.table import CsvTable
from interfaces.formats.values.blanks import trim_sql
from interfaces.formats.values.form import ValueFormat


@dataclass(frozen=True, slots=True)
class _Group:
    """The columns of one format, as the list `name`. A value of an `enforced` column may not fit; a cell of one with
    `formula_texts` may be the text in a formula."""

    name: str
    form: ValueFormat
    enforced: bool
    formula_texts: bool
    columns: Sequence[int]

    def values_sql(self, trims: bool) -> str:
        """The SQL of the list of values: what `table_sql` replaces in cells is replaced in the same order."""
        values = column_list_sql(self.columns)
        if trims:
            values = each_cell_sql(values, trim_sql("cell"))
        if self.formula_texts:
            values = each_cell_sql(values, unwrap_formula_sql("cell"))
        if self.form.nulls:
            values = each_cell_sql(values, null_words_sql("cell", self.form.nulls))
        return f"{values} as {self.name}"

    def check_sql(self) -> str:
        """The condition that all values fit; empty if all texts do."""
        if not self.form.patterns and self.form.valid is None:
            return ""
        return all_fit_sql(self.name, self.form)


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
    columns: dict[tuple[ValueFormat, bool, bool], list[int]] = {}
    for at, form in enumerate(table.forms):
        columns.setdefault((form, at in table.enforced, at in table.formula_texts), []).append(at)
    return [_Group(f"g{number}", *kind, columns[kind]) for number, kind in enumerate(columns)]


def _cells_sql(groups: Sequence[_Group]) -> str:
    """The list of the JSON of all cells, in the order of the columns."""
    lists = [each_cell_sql(group.name, cell_json_sql("cell", group.form)) for group in groups]
    return in_column_order_sql(lists, [group.columns for group in groups])


def _join_checks(groups: Iterable[_Group]) -> str:
    return " and ".join(filter(None, (group.check_sql() for group in groups)))
