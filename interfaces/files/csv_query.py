"""The SQL by which DuckDB reads a CSV file: every cell as text, checked and put into JSON by expressions.

Nothing is left to DuckDB's own guessing. It skips records with a wrong number of cells (`ignore_errors`);
keeping them in its reject tables would hold a copy of the line for every surplus cell, gigabytes for a
hostile file. Empty cells are null, quoted empty cells are empty strings.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from glob import escape
from pathlib import Path

import duckdb

from domain.columns import MAX_DIGITS
from domain.errors import Invalid
from interfaces.files.csv_line_ends import check_line_ends
from interfaces.files.csv_records import SINGLE
from interfaces.files.forms import Form
from interfaces.files.source import MAX_LINE_BYTES, Dialect

MISFIT = "a value does not fit its column"
_CONFUSED = "state machine reached an invalid state"
_GROUP = 8
_PADDING = 128


@contextmanager
def connected(path: Path, width: int, scratch: Path | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of its own to read `path`, whose memory is bounded; `scratch` is where it may spill.

    The bound is 128 MB, more for tables of hundreds of columns: every cell of 2,048 rows is held at once.

    Raises Invalid where DuckDB stumbles over the file's line ends.
    """
    connection = duckdb.connect(config={"threads": 1, "memory_limit": f"{max(128, width // 2)}MB"})
    try:
        connection.sql("set enable_progress_bar = false")
        connection.sql(f"set temp_directory = {literal(str(scratch or ''))}")
        yield connection
    except Exception as error:
        if _CONFUSED not in str(error):
            raise
        check_line_ends(path)
        raise Invalid("ambiguous-quotes", "Quotes leave open where cells and lines end.") from None
    finally:
        connection.close()


def source(path: Path, dialect: Dialect, width: int) -> str:
    """The relation of all well-formed records: columns c0, c1, … of text."""
    columns = ", ".join(f"'c{at}': 'VARCHAR'" for at in range(width))
    relation = (
        f"read_csv({literal(escape(str(path)))}, columns = {{{columns}}}, auto_detect = false, ignore_errors = true, "
        f"header = {str(dialect.header).lower()}, skip = {dialect.leading_blank_lines}, "
        f"delim = {literal(dialect.delimiter or SINGLE)}, quote = '\"', escape = '\"', nullstr = '', "
        f"allow_quoted_nulls = false, compression = 'none', "
        f"buffer_size = {4 * MAX_LINE_BYTES}, max_line_size = {MAX_LINE_BYTES})"
    )
    return relation if width > 1 else f"(from {relation} where c0 is not null)"  # blank lines


def lines(forms: Sequence[Form], relation: str, *, padded: bool) -> str:
    """One line of JSON a record, or an error with the word of `MISFIT` at the first that breaks a form.

    DuckDB hands on 131,072 rows at a time, however long. `padded` puts a null after every 128 bytes, so that
    long lines come fewer at a time.
    """
    cells = ", ',', ".join(_json(at, form) for at, form in enumerate(forms))
    line = f"concat('[', {cells}, ']\n')"
    if checks := _checks(forms):
        line = f"case when {checks} then {line} else error({literal(MISFIT)}) end"
    if not padded:
        return f"select {line} as line from {relation}"  # noqa: S608
    each = f"unnest(list_resize([line], 1 + strlen(line) // {_PADDING}))"
    return f"select {each} from (select {line} as line from {relation})"  # noqa: S608


def faulty(at: int, form: Form) -> str:
    """An aggregate: the first value of column `at` that breaks `form`, null if none does.

    Without a filter clause: DuckDB copies all columns for each of those, which is quadratic in wide tables.
    """
    short = f" and strlen(c{at}) <= {MAX_DIGITS}" if form.is_number else ""
    fits = f"regexp_full_match(c{at}, {literal(form.pattern or '')}){short}"
    return f"any_value(if(c{at} <> '' and not ({fits}), c{at}, null))"


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _json(at: int, form: Form) -> str:
    value = form.json.format(c=f"c{at}")
    if form.type == "string":
        return f"coalesce({value}, 'null')"
    return f"if(c{at} <> '', {value}, 'null')"


def _checks(forms: Sequence[Form]) -> str:
    """One regular expression for some columns at once: half the cost of one for each."""
    checked = [(at, form) for at, form in enumerate(forms) if form.pattern is not None]
    groups = [checked[start : start + _GROUP] for start in range(0, len(checked), _GROUP)]
    return " and ".join(_check(group) for group in groups)


def _check(group: Sequence[tuple[int, Form]]) -> str:
    joined = "concat(" + ", '|', ".join(f"c{at}" for at, _ in group) + ")"
    pattern = r"\|".join(f"(?:{form.pattern})?" for _, form in group)
    check = f"regexp_full_match({joined}, {literal(pattern)})"
    if numbers := [f"strlen(c{at})" for at, form in group if form.is_number]:
        check += f" and (strlen({joined}) <= {MAX_DIGITS} or greatest({', '.join(numbers)}, 0) <= {MAX_DIGITS})"
    return check
