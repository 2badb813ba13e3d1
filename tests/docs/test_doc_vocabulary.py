"""Options of imports, formats and functions of filters are documented, and no other."""

import re

from application.exports.export_options import ExportFormat
from application.imports.import_options import OPTION_NAMES
from domain.columns import ColumnType
from domain.query.filter.functions import ARITHMETIC, FUNCTIONS
from domain.query.filter.operators import PRECEDENCE
from tests.docs.pages import names_in, read_page, read_rows


def test_every_option_of_imports_is_documented() -> None:
    rows = read_rows("docs/reference/files.md", "## Options")
    assert {name for row in rows for name in names_in(row[0])} == set(OPTION_NAMES)


def test_every_export_format_is_documented() -> None:
    rows = read_rows("docs/reference/exports.md")
    assert {name for row in rows for name in names_in(row[0])} == {one.value for one in ExportFormat}


def test_every_function_and_operator_of_filters_is_documented() -> None:
    rows = list(read_rows("docs/reference/filters.md", "## Filters"))
    named = {name for row in rows for name in names_in(row[0])}
    assert named == set(FUNCTIONS) | set(PRECEDENCE) | {"in", "not", "-"} | ARITHMETIC


def test_every_column_type_is_documented() -> None:
    sentence = re.search(r"^Types are ([^.]*)\.$", read_page("docs/how-to/import.md"), re.MULTILINE)
    assert sentence is not None and set(names_in(sentence[1])) == {one.value for one in ColumnType}
