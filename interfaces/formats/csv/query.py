"""Build the SQL with which DuckDB reads a CSV file: cells are read as text, then checked and converted to JSON.

DuckDB's own detection is not used. DuckDB skips records with a wrong number of cells (`ignore_errors`): its reject
tables would store a copy of the line for every extra cell, which is gigabytes for a hostile file. Empty cells are
null, quoted empty cells are empty strings, unless the dialect says otherwise.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from glob import escape
from pathlib import Path

import duckdb

from domain.columns import MAX_DIGITS
from domain.errors import Invalid
from interfaces.formats.cell_lists import each_cell_sql
from interfaces.formats.csv.formula_text import unwrap_formula_sql
from interfaces.formats.csv.records import SINGLE_CELL_DELIMITER
from interfaces.formats.csv.table import CsvTable, Dialect
from interfaces.formats.duckdb_lines import connect_duckdb
from interfaces.formats.source import MAX_LINE_BYTES
from interfaces.formats.sql_literal import quote_literal
from interfaces.formats.values.blanks import trim_sql
from interfaces.formats.values.form import ValueFormat

TYPE_MISMATCH = "a value does not fit its column"
_AMBIGUOUS_QUOTES_ERROR = "state machine reached an invalid state"
_MAX_CHECK_COLUMNS = 8
_PADDING = 128
_NO_TEXT = "\ufdd1"
"""A code point that is no character: the text of nulls where empty cells are not null."""


@contextmanager
def connect_for_csv(path: Path, width: int, scratch: Path | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a connection with bounded memory to read `path`, a CSV file of `width` columns; it spills to `scratch`.

    The limit is 128 MB, or more for hundreds of columns: all cells of 2,048 rows are in memory at the same time.

    Raises Invalid `ambiguous-quotes` if DuckDB cannot parse the file's quotes.
    """
    try:
        with connect_duckdb(max(128, width // 2), scratch) as connection:
            yield connection
    except Exception as error:
        if _AMBIGUOUS_QUOTES_ERROR not in str(error):
            raise
        raise Invalid("ambiguous-quotes", "Quotes are ambiguous: it is unclear where cells and lines end.") from None


def records_sql(path: Path, dialect: Dialect, width: int) -> str:
    """The SQL relation of all well-formed records, with the text columns c0, c1, …"""
    columns = ", ".join(f"'c{at}': 'VARCHAR'" for at in range(width))
    quote, line_end = quote_literal(dialect.quote or ""), dialect.line_end.replace("\r", "\\r").replace("\n", "\\n")
    null = _NO_TEXT if dialect.empty_cells == "text" else ""
    quoted_nulls = str(dialect.empty_cells == "null").lower()
    relation = (
        f"read_csv({quote_literal(escape(str(path)))}, columns = {{{columns}}}, auto_detect = false, "
        "ignore_errors = true, "
        f"header = {str(dialect.header).lower()}, skip = {dialect.skipped_lines}, "
        f"delim = {quote_literal(dialect.delimiter or SINGLE_CELL_DELIMITER)}, quote = {quote}, escape = {quote}, "
        f"nullstr = '{null}', allow_quoted_nulls = {quoted_nulls}, compression = 'none', new_line = '{line_end}', "
        f"buffer_size = {2 * MAX_LINE_BYTES}, max_line_size = {MAX_LINE_BYTES})"
    )
    if width == 1 and dialect.blank_lines:
        relation = f"(from {relation} where c0 is not null)"
    if not dialect.trims:
        return relation
    cells = ", ".join(f"{trim_sql(f'c{at}')} as c{at}" for at in range(width))
    return f"(select {cells} from {relation})"  # noqa: S608


def table_sql(table: CsvTable) -> str:
    """The SQL relation of a table's well-formed records, with formula texts and null words replaced."""
    relation = records_sql(table.path, table.dialect, len(table.columns))
    relation = with_formula_texts_sql(relation, len(table.columns), table.formula_texts)
    return with_nulls_sql(relation, [form.nulls for form in table.forms])


def with_formula_texts_sql(relation: str, width: int, columns: Collection[int]) -> str:
    """The relation with the texts of cells like `="0001234"` in these of its columns."""
    if not columns:
        return relation
    cells = ", ".join(
        f"{unwrap_formula_sql(f'c{at}')} as c{at}" if at in columns else f"c{at}" for at in range(width)
    )
    return f"(select {cells} from {relation})"  # noqa: S608


def with_nulls_sql(relation: str, nulls: Sequence[Sequence[str]]) -> str:
    """The relation with the null words of each column replaced by null."""
    if not any(nulls):
        return relation
    cells = ", ".join(f"{null_words_sql(f'c{at}', words)} as c{at}" for at, words in enumerate(nulls))
    return f"(select {cells} from {relation})"  # noqa: S608


def null_words_sql(value: str, words: Sequence[str]) -> str:
    """The SQL of a value that is null if it is one of the words."""
    return f"if({value} in ({', '.join(map(quote_literal, words))}), null, {value})" if words else value


def json_lines_sql(
    forms: Sequence[ValueFormat], relation: str, *, padded: bool, enforced: Collection[int] = ()
) -> str:
    """The query of one JSON line per record; it fails with TYPE_MISMATCH at the first record that does not fit.

    The line is empty if the record does not fit the forms of the `enforced` columns. DuckDB returns 131,072 rows at
    a time, of any length; `padded` adds a null row per 128 bytes, so that fewer long lines are returned at a time.
    """
    cells = ", ',', ".join(cell_json_sql(f"c{at}", form) for at, form in enumerate(forms))
    return checked_lines_sql(
        f"concat('[', {cells}, ']\n')",
        relation,
        guessed=_checks_sql([(at, form) for at, form in enumerate(forms) if at not in enforced]),
        declared=rows_fit_sql(forms, enforced),
        padded=padded,
    )


def checked_lines_sql(line: str, relation: str, *, guessed: str, declared: str, padded: bool) -> str:
    """The query of `line` for each record. `guessed` and `declared` are conditions, empty if always true: it fails
    where the one does not hold, and the line is empty where the other does not."""
    if guessed:
        line = f"case when {guessed} then {line} else error({quote_literal(TYPE_MISMATCH)}) end"
    if declared:
        line = f"case when {declared} then {line} else '\n' end"
    if not padded:
        return f"select {line} as line from {relation}"  # noqa: S608
    each = f"unnest(list_resize([line], 1 + strlen(line) // {_PADDING}))"
    return f"select {each} from (select {line} as line from {relation})"  # noqa: S608


def cell_json_sql(cell: str, form: ValueFormat) -> str:
    """The SQL of the JSON of a cell, whose null words are null already."""
    value = form.json.format(c=cell)
    if form.type == "string":
        return f"coalesce({value}, 'null')"
    return f"if({cell} <> '', {value}, '{form.blank}')"


def rows_fit_sql(forms: Sequence[ValueFormat], columns: Collection[int]) -> str:
    """The condition that a record's values fit the forms of `columns`; empty if all values fit."""
    return _checks_sql([(at, forms[at]) for at in sorted(columns)])


def value_fits_sql(column: str, form: ValueFormat) -> str:
    """The condition that a value, which is neither null nor empty, fits `form`."""
    conditions = [f"regexp_full_match({column}, {quote_literal(pattern)})" for pattern in form.patterns]
    if form.is_number:
        conditions.append(f"strlen({column}) <= {MAX_DIGITS}")
    if form.valid is not None:
        conditions.append(form.valid.format(c=column))
    return " and ".join(conditions) or "true"


def all_fit_sql(values: str, form: ValueFormat) -> str:
    """The condition that all texts of the list `values` fit a format; nulls and empty texts do."""
    fits = f"coalesce(cell = '' or ({value_fits_sql('cell', form)}), true)"
    return f"list_bool_and({each_cell_sql(values, fits)})"


def first_mismatch_sql(column: str, form: ValueFormat) -> str:
    """An aggregate: a value of the column that does not fit `form`, or null if all fit.

    It has no filter clause: DuckDB copies all columns for each filter, which is quadratic in wide tables.
    """
    return f"any_value(if({column} <> '' and not ({value_fits_sql(column, form)}), {column}, null))"


def _checks_sql(columns: Sequence[tuple[int, ValueFormat]]) -> str:
    """The condition that values fit; one regular expression checks several columns, at half the cost."""
    checked = [(at, pattern) for at, form in columns for pattern in form.patterns]
    numbers = {at for at, form in columns if form.is_number}
    groups = [checked[start : start + _MAX_CHECK_COLUMNS] for start in range(0, len(checked), _MAX_CHECK_COLUMNS)]
    valid = [form.valid.format(c=f"c{at}") for at, form in columns if form.valid is not None]
    return " and ".join([_group_check_sql(group, numbers) for group in groups] + valid)


def _group_check_sql(group: Sequence[tuple[int, str]], numbers: Collection[int]) -> str:
    joined = "concat(" + ", '|', ".join(f"c{at}" for at, _ in group) + ")"
    pattern = r"\|".join(f"(?:{pattern})?" for _, pattern in group)
    check = f"regexp_full_match({joined}, {quote_literal(pattern)})"
    if sizes := [f"strlen(c{at})" for at, _ in group if at in numbers]:
        check += f" and (strlen({joined}) <= {MAX_DIGITS} or greatest({', '.join(sizes)}, 0) <= {MAX_DIGITS})"
    return check
