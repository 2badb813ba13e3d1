"""The same file is the same content read with the same options."""

import io
import json

import httpx
import openpyxl  # type: ignore[import-untyped]
import pytest

from application.imports.import_options import digest_reading_options, parse_import_options
from tests.given import code, import_csv, import_into, json_of, problem, request_import, unique, upload


def given(**options: object) -> str:
    return json.dumps(options)


def test_corrected_columns_are_no_duplicate(client: httpx.Client) -> None:
    text = f"zip,{unique('n')}\n1234,1\n"
    import_csv(client, text, once=True)
    corrected = given(columns={"zip": "string"})
    assert import_csv(client, text, once=True, options=corrected).column("zip") == ["1234"]
    refused = problem(upload(client, text, options=corrected), 409)
    assert refused["type"] == "/problems/duplicate-file" and "before with the same options" in refused["detail"]
    assert "options" not in problem(upload(client, text), 409)["detail"]
    assert code(upload(client, text, options=given(columns=None, on_error="abort")), 409) == "duplicate-file"


def test_another_sheet_is_no_duplicate(client: httpx.Client) -> None:
    book, word = openpyxl.Workbook(), unique("w")
    for sheet in (book.active, book.create_sheet("second")):
        sheet.append(["k", "v"])
        sheet.append([sheet.title, word])
    data = io.BytesIO()
    book.save(data)
    first = import_csv(client, data.getvalue(), once=True, options=given(sheet=1), key="k")
    assert first.column("k") == ["Sheet"]
    assert import_csv(client, data.getvalue(), once=True, options=given(sheet=2)).column("k") == ["second"]
    import_into(client, first, data.getvalue(), "append", options=given(sheet="second"))
    assert first.column("k") == ["Sheet", "second"]
    again = request_import(client, first, data.getvalue(), "append", options=given(sheet="second"))
    assert code(again, 409) == "duplicate-file"
    assert json_of(upload(client, data.getvalue(), options=given(sheet=2), duplicates="allow"), 202)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({}, {"delimiter": None, "on_error": "abort"}, True),
        ({"columns": {"a": "string", "b": "date"}}, {"columns": {"b": {"type": "date"}, "a": "string"}}, True),
        ({"null_values": ["NA"]}, {"null_values": ["NA"], "on_error": "reject"}, True),
        ({}, {"delimiter": ";"}, False),
        ({"sheet": 1}, {"sheet": "1"}, False),
        ({"columns": ["a", "b"]}, {"columns": ["b", "a"]}, False),
        ({"columns": {"d": {"type": "date"}}}, {"columns": {"d": {"type": "date", "format": "D.M.YYYY"}}}, False),
        ({"header": False}, {"header": True}, False),
    ],
)
def test_options_are_compared_by_what_they_mean(one: dict[str, object], other: dict[str, object], same: bool) -> None:
    digests = {digest_reading_options(parse_import_options(options)) for options in (one, other)}
    assert (len(digests) == 1) == same
