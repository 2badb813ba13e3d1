"""The query for wide CSV files reads every CSV file of the corpus as the query for narrow ones does."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from application.imports import import_options
from application.imports.file_format import TypeGuessFailed
from domain import exact_json
from domain.errors import Refusal
from interfaces.formats.cell_lists import WIDE_COLUMNS
from interfaces.formats.csv import csv_reader, json_lines
from interfaces.formats.csv.table import CsvTable
from interfaces.formats.registry import FileFormats
from tests.corpus.case import Case
from tests.corpus.test_corpus import THEMES
from tests.limits import SOURCE_LIMITS

LARGEST = 100_000
"""Larger files, in bytes, only take longer."""


def test_both_queries_agree_on_some_csv_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The short form of the test below."""
    assert len(compare_queries([False], 5, tmp_path, monkeypatch)) >= 70


@pytest.mark.torture
def test_both_queries_agree_on_every_csv_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = compare_queries([False, True], 1, tmp_path, monkeypatch)
    assert len(compared) >= 600
    assert any(table.enforced for table in compared) and any(table.dialect.trims for table in compared)
    assert any(form.nulls for table in compared for form in table.forms)
    assert any(table.long_lines for table in compared) and any(table.formula_texts for table in compared)


def test_a_wide_file_has_its_formula_texts_trimmed_values_and_null_words(tmp_path: Path) -> None:
    cells = ['"=""0012"""', " x ", "NA"]
    path = tmp_path / "upload"
    names = [f"c{at}" for at in range(WIDE_COLUMNS + len(cells))]
    row = [cells[at % len(cells)] for at in range(len(names))]
    path.write_text(",".join(names) + "\n" + ",".join(row) + "\n")
    options = import_options.parse_import_options({"trim": True, "null_values": ["NA"]})
    with FileFormats(tmp_path, SOURCE_LIMITS).open(path, "wide.csv", options) as file:
        lines = b"".join(block.lines for block in file.rows(file.describe()))
    assert exact_json.loads(lines) == [["0012", "x", None][at % len(cells)] for at in range(len(names))]


def compare_queries(
    exhaustive: Sequence[bool], step: int, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> list[CsvTable]:
    """The tables of every `step`th case, for which both queries return the same."""
    compared, different = [], []
    for theme, cases in THEMES.items():
        for case in cases[::step]:
            for table in describe(case, exhaustive, scratch):
                compared.append(table)
                narrow, wide = (read_lines(table, monkeypatch, wide_from) for wide_from in (10**6, 1))
                if wide != narrow:
                    different.append((theme, case.title, narrow, wide))
    assert different == []
    return compared


def describe(case: Case, exhaustive: Sequence[bool], scratch: Path) -> Iterator[CsvTable]:
    """A CSV file as described from its first rows or, exhaustively, from all; nothing if it is refused."""
    content = case.content()
    if len(content) > LARGEST:
        return
    path = scratch / "upload"
    path.write_bytes(content)
    try:
        options = import_options.parse_import_options(case.options)
        with FileFormats(scratch, SOURCE_LIMITS).open(path, case.filename, options) as file:
            if file.format is csv_reader:
                yield from (csv_reader.describe(file.source, exhaustive=each) for each in exhaustive)
    except Refusal:
        return


def read_lines(table: CsvTable, monkeypatch: pytest.MonkeyPatch, wide_from: int) -> bytes | str:
    with monkeypatch.context() as patch:
        patch.setattr(json_lines, "WIDE_COLUMNS", wide_from)
        try:
            return b"".join(lines for lines, _ in json_lines.read_json_lines(table))
        except (TypeGuessFailed, Refusal) as error:
            return str(error)
