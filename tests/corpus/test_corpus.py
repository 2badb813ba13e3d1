"""Import every file of the corpus, and some of them through the HTTP API.

The expected results follow the rules for files: nothing is lost, nothing is guessed without a note, and a file that
cannot be read is refused with a specific code.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from application.imports import import_options
from application.imports.file_format import TypeGuessFailed
from domain import exact_json
from domain.errors import Refusal
from interfaces.formats.registry import FileFormats
from interfaces.formats.source import ParsedBlock, ParsedTable
from tests.corpus import (
    delimited,
    encodings,
    headers,
    hostile,
    json_files,
    noted,
    nulls,
    numbers,
    options,
    packed,
    parquet_files,
    quotes,
    ragged,
    times,
    workbooks,
)
from tests.corpus.case import Case, Refused
from tests.given import Dataset, json_of, unique
from tests.limits import SOURCE_LIMITS

THEMES = {
    module.__name__.rpartition(".")[2]: module.CASES
    for module in (
        *(delimited, quotes, headers, ragged, encodings, numbers, times, nulls, options),
        *(noted, json_files, workbooks, parquet_files, packed, hostile),
    )
}
ALL = [pytest.param(case, id=f"{theme}: {case.title}") for theme, cases in THEMES.items() for case in cases]
ALL_ONLINE = ("noted", "workbooks", "parquet_files", "packed", "hostile")
ONLINE = [
    pytest.param(case, id=f"{theme}: {case.title}")
    for theme, cases in THEMES.items()
    for at, case in enumerate(cases)
    if theme in ALL_ONLINE or at % 10 == 0
]


def test_the_corpus_is_large_and_titles_are_unique() -> None:
    assert len(ALL) >= 200
    assert len({param.id for param in ALL}) == len(ALL)


@pytest.mark.parametrize("case", ALL)
def test_a_file(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(case.content())
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    try:
        found, blocks = read_case(path, scratch, case)
    except Refusal as refusal:
        assert isinstance(case.expected, Refused), refusal.detail
        assert refusal.code == case.expected.code, refusal.detail
        assert case.expected.words in refusal.detail
        assert refusal.detail and "Traceback" not in refusal.detail
    else:
        assert not isinstance(case.expected, Refused), [block.lines for block in blocks]
        lines = b"".join(block.lines for block in blocks).splitlines()
        rejects = [(each.line, each.column, each.code) for block in blocks for each in block.rejects]
        compare(
            case,
            {column.name: column.type.value for column in found.columns},
            [json.loads(line, parse_float=Decimal) for line in lines],
            rejects,
            found.found,
            list(found.notes),
        )
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("case", ONLINE)
def test_a_file_through_http(case: Case, client: httpx.Client) -> None:
    answer = client.post(
        "/v1/datasets",
        params={
            "name": unique("corpus"),
            "filename": case.filename,
            "options": exact_json.dumps(case.options),
            "duplicates": "allow",
        },
        content=case.content(),
        headers={"Content-Type": "application/octet-stream", "Prefer": "wait=30"},
    )
    assert "Traceback" not in answer.text
    if isinstance(case.expected, Refused):
        assert refusal_code(answer) == case.expected.code, answer.text
        return
    body = json_of(answer, 202)
    assert body["job"]["state"] == "succeeded", body["job"]
    dataset = Dataset(client, body["dataset"]["id"])
    (import_,) = dataset.get_json("/imports")["data"]
    rejects = dataset.get_json(f"/imports/{import_['id']}/rejects")["data"]
    compare(
        case,
        {column["name"]: column["type"] for column in dataset.get_json()["columns"]},
        [list(record["values"].values()) for record in all_records(dataset)],
        [(each["line"], each["column"], each["code"]) for each in rejects],
        import_["options"],
        import_["notes"],
    )


def read_case(path: Path, scratch: Path, case: Case) -> tuple[ParsedTable, list[ParsedBlock]]:
    """Unpack and read the file; describe it again from all rows if a type guess failed. Raises Refusal."""
    file_options = import_options.parse_import_options(case.options)
    with FileFormats(scratch, SOURCE_LIMITS).open(path, case.filename, file_options) as file:
        for exhaustive in (False, True):
            found = file.describe(exhaustive=exhaustive)
            assert file.key_faults(found, ()) == {}
            try:
                return found, list(file.rows(found, excluded={}))
            except TypeGuessFailed:
                assert not exhaustive
    raise AssertionError("the types of all rows did not fit")


def everything_read(path: Path, scratch: Path, case: Case) -> object:
    """All that a reading finds, or the code of its refusal."""
    try:
        found, blocks = read_case(path, scratch, case)
    except Refusal as refusal:
        return refusal.code
    lines = b"".join(block.lines for block in blocks)
    rejects = [reject for block in blocks for reject in block.rejects]
    runs = [run for block in blocks for run in block.runs]
    return found.columns, found.notes, found.found, lines, rejects, runs


def compare(
    case: Case,
    columns: Mapping[str, str],
    rows: list[list[Any]],
    rejects: list[tuple[int, str | None, str]],
    found: Mapping[str, object],
    notes: list[str],
) -> None:
    expected = case.expected
    assert not isinstance(expected, Refused)
    assert list(columns.items()) == list(expected.columns.items()), notes
    assert list(map(exact_json.dumps, rows)) == list(map(exact_json.dumps, expected.rows))
    assert rejects == list(expected.rejects)
    assert {name: found[name] for name in expected.found} == expected.found
    for part in expected.notes:
        assert any(part in note for note in notes), notes


def refusal_code(answer: httpx.Response) -> str:
    """The code of a refusal, whether the request was refused or the import failed."""
    if answer.status_code == 202:
        job = json_of(answer, 202)["job"]
        assert job["state"] == "failed", job
        document = job["error"]
    else:
        assert 400 <= answer.status_code < 500, answer.text
        document = json_of(answer, answer.status_code)
    assert document["detail"]
    return str(document["type"]).removeprefix("/problems/")


def all_records(dataset: Dataset) -> list[Any]:
    page = dataset.get_json("/records", limit=1000)
    assert page["page"]["next"] is None
    records: list[Any] = page["data"]
    return records
