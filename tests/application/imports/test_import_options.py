"""What the sender says of a file is taken at its word, or refused naming what would be accepted."""

from typing import Any

import pytest

from application.imports.file_format import FileOptions, RequestedType
from application.imports.import_options import parse_import_options
from domain.columns import ColumnType
from domain.errors import Invalid

TAKEN: list[tuple[dict[str, Any], FileOptions]] = [
    ({}, FileOptions()),
    ({"delimiter": ";", "quote": "", "escape": "\\"}, FileOptions(delimiter=";", quote="", escape="\\")),
    ({"header": False, "skip_rows": 3, "sheet": 2}, FileOptions(header=False, skip_rows=3, sheet=2)),
    ({"delimiter": None}, FileOptions()),
    ({"null_values": ["-", ""]}, FileOptions(null_values=("-", ""))),
    ({"columns": {"zip": "string"}}, FileOptions(columns={"zip": RequestedType(ColumnType.STRING)})),
    (
        {"columns": {"d": {"type": "date", "format": "DD/MM/YYYY"}}},
        FileOptions(columns={"d": RequestedType(ColumnType.DATE, "DD/MM/YYYY")}),
    ),
    (
        {"columns": [" a ", {"name": "b", "type": "decimal"}]},
        FileOptions(columns={"b": RequestedType(ColumnType.DECIMAL)}, names=("a", "b")),
    ),
    ({"error_cells": "reject"}, FileOptions(error_cells="reject")),
    ({"short_rows": "pad", "merged": "fill"}, FileOptions(short_rows="pad", merged="fill")),
    ({"trim": True}, FileOptions(trim=True)),
    ({"rows": "/data/a~1b"}, FileOptions(rows="/data/a~1b")),
    ({"rows": ""}, FileOptions(rows="")),
    (
        {"columns": {"door": {"type": "boolean", "format": "open/shut"}}},
        FileOptions(columns={"door": RequestedType(ColumnType.BOOLEAN, "open/shut")}),
    ),
    ({"on_error": "abort", "decimal": ","}, FileOptions(on_error="abort", decimal=",")),
]

REFUSED = [
    ({"delimeter": ";"}, "unknown-option", "did you mean 'delimiter'"),
    ({"delimiter": ";;"}, "invalid-options", "one character"),
    ({"delimiter": ""}, "invalid-options", "one character"),
    ({"delimiter": 1}, "invalid-options", "expected a string"),
    ({"quote": "ab"}, "invalid-options", "or an empty string"),
    ({"header": -1}, "invalid-options", "number of rows"),
    ({"skip_rows": True}, "invalid-options", "number of lines"),
    ({"sheet": 0}, "invalid-options", "from 1"),
    ({"rows": "data"}, "invalid-options", "JSON Pointer"),
    ({"rows": "/a~"}, "invalid-options", "~0"),
    ({"rows": 1}, "invalid-options", "expected a string"),
    ({"trim": 1}, "invalid-options", "true or false"),
    ({"null_values": "NA"}, "invalid-options", "list of texts"),
    ({"decimal": ";"}, "invalid-options", "expected ',' or '.'"),
    ({"error_cells": "drop"}, "invalid-options", "'null' or 'reject'"),
    ({"on_error": "ignore"}, "invalid-options", "'reject' or 'abort'"),
    ({"short_rows": "fill"}, "invalid-options", "'pad' or 'reject'"),
    ({"merged": True}, "invalid-options", "expected a string"),
    ({"merged": "down"}, "invalid-options", "'fill' or 'null'"),
    ({"encoding": "a\x00b"}, "invalid-options", "U\\+0000"),
    ({"columns": {"a": "text"}}, "invalid-options", "known are|did you mean"),
    ({"columns": {"a": {"typ": "date"}}}, "invalid-options", "did you mean 'type'"),
    ({"columns": {"a": {"format": "x"}}}, "invalid-options", "needs a type"),
    ({"columns": ["a", "a"]}, "invalid-options", "two columns are called 'a'"),
    ({"columns": ["a", {"type": "date"}]}, "invalid-options", "needs a name"),
    ({"columns": 7}, "invalid-options", "types by column name"),
]


@pytest.mark.parametrize(("given", "options"), TAKEN, ids=str)
def test_options_are_read(given: dict[str, Any], options: FileOptions) -> None:
    assert parse_import_options(given) == options


@pytest.mark.parametrize(("given", "code", "words"), REFUSED, ids=str)
def test_options_are_refused(given: dict[str, Any], code: str, words: str) -> None:
    with pytest.raises(Invalid, match=words) as refused:
        parse_import_options(given)
    assert refused.value.code == code
