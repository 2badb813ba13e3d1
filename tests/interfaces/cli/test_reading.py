"""`rowledger datasets`, `query`, `history` and `export`."""

import zipfile
from pathlib import Path
from typing import Any

import pytest

from application.exports.export_options import ExportFormat
from tests.interfaces.cli.conftest import PARKS, CommandResult, Rowledger


def data(result: CommandResult) -> Any:
    return result.json


def test_no_datasets_are_an_empty_list(rowledger: Rowledger) -> None:
    assert rowledger("datasets", "--json").json == []


def test_datasets_are_listed(rowledger: Rowledger, parks: str) -> None:
    header, row = rowledger("datasets").out.splitlines()
    assert header.split() == ["slug", "version", "records", "updated", "id"]
    assert row.split()[:3] == ["national-parks", "1", "63"]
    (dataset,) = data(rowledger("datasets", "--json"))
    assert (dataset["slug"], dataset["records"], dataset["key"]) == ("national-parks", 63, ["code"])


def test_a_query_searches_words_and_mistyped_ones(rowledger: Rowledger, parks: str) -> None:
    for search in ("wrangell elias", "~wrangel"):
        lines = rowledger("query", parks, "--search", search, "--fields", "code").out.splitlines()
        assert lines[1].split() == ["60", "WRST"]


def test_a_query_filters_sorts_and_shows_the_version(rowledger: Rowledger, parks: str) -> None:
    result = rowledger(
        "query",
        parks,
        "--filter",
        "state_fips eq '02'",
        "--sort",
        "-area_km2",
        "--limit",
        2,
        "--fields",
        "name,area_km2",
    )
    assert result.out == (
        "$id  name                 area_km2\n"
        " 60  Wrangell–St. Elias    33682.6\n"
        " 20  Gates of the Arctic   30448.1\n"
        "\n"
        "2 records of version 1; there are more (see --limit)\n"
    )


def test_json_output_is_what_http_returns(rowledger: Rowledger, parks: str) -> None:
    page = data(rowledger("query", parks, "--filter", "code eq 'ACAD'", "--fields", "name,state_fips", "--json"))
    assert page["data"] == [{"id": 1, "version": 1, "values": {"name": "Acadia", "state_fips": "23"}}]
    assert (page["page"]["next"], page["version"]) == (None, 1)


def test_every_digit_stays(rowledger: Rowledger, parks: str) -> None:
    assert '"area_km2":700.0' in rowledger("query", parks, "--filter", "code eq 'BISC'", "--json").out


def test_a_cell_cannot_control_the_terminal(rowledger: Rowledger, tmp_path: Path) -> None:
    file = tmp_path / "odd.csv"
    file.write_text('a,b\n"x\ny",\x1b[31mred\n')
    rowledger("import", file)
    assert rowledger("query", "odd").out.splitlines()[1] == "  1  x␊y  ␛[31mred"


@pytest.mark.parametrize(
    ("arguments", "refusal"),
    [
        (["query", "nope"], "There is no dataset 'nope'"),
        (["query", "national-parks", "--filter", "aera_km2 gt 3"], "did you mean 'area_km2'?"),
        (["query", "national-parks", "--sort", "nam"], "did you mean 'name'?"),
        (["query", "national-parks", "--fields", "stats"], "did you mean 'states'?"),
        (["query", "national-parks", "--as-of", "7"], "There is no version 7: the dataset has versions 1 to 1"),
        (["query", "national-parks", "--as-of", "soon"], "as_of='soon' is neither a version number nor a time"),
        (["history", "nope"], "There is no dataset 'nope'"),
        (["history", "national-parks", "999"], "There is no record 999 in any version up to 1"),
        (["history", "national-parks", "first"], "There is no record 'first'"),
        (["export", "nope"], "There is no dataset 'nope'"),
        (["export", "national-parks", "--delimiter", "::"], "delimiter='::' is none of"),
        (
            ["export", "national-parks", "--output", "/nosuch/parks.csv"],
            "/nosuch/parks.csv: No such file or directory",
        ),
    ],
)
def test_a_refusal_is_one_line_on_stderr(
    rowledger: Rowledger, parks: str, arguments: list[str], refusal: str
) -> None:
    result = rowledger(*arguments)
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("rowledger: ")
    assert refusal in result.err
    assert result.err.count("\n") == 1


def test_the_history_of_a_dataset(rowledger: Rowledger, parks: str) -> None:
    header, row = rowledger("history", parks).out.splitlines()
    assert header.split() == ["version", "type", "at", "actor", "added", "changed", "removed", "comment"]
    assert row.split()[:2] == ["1", "RecordsImported"]
    (version,) = data(rowledger("history", parks, "--json"))
    assert version["summary"] == {"added": 63, "changed": 0, "removed": 0}


def test_the_history_of_a_record(rowledger: Rowledger, parks: str) -> None:
    lines = rowledger("history", parks, 1).out.splitlines()
    assert len(lines) == 1 + 7
    assert lines[2].split() == ["name", "Acadia"]
    (entry,) = data(rowledger("history", parks, 1, "--json"))
    assert (entry["version"], entry["removed"], entry["values"]["name"]) == (1, False, "Acadia")


def test_an_export_equals_the_imported_file(rowledger: Rowledger, parks: str) -> None:
    assert rowledger("export", parks).out == PARKS.read_text()


@pytest.mark.parametrize("format", [format.value for format in ExportFormat])
def test_an_export_in_any_format_can_be_imported(
    rowledger: Rowledger, parks: str, tmp_path: Path, format: str
) -> None:
    file = tmp_path / f"parks.{format}"
    assert rowledger("export", parks, "--format", format, "--output", file).code == 0
    if format == "datapackage":
        with zipfile.ZipFile(file) as package:
            file.write_bytes(package.read("national-parks.csv"))
    assert rowledger("import", file, "--name", "again", "--allow-duplicates").code == 0
    assert rowledger("export", "again").out == PARKS.read_text()


def test_a_csv_option_is_refused_for_other_formats(rowledger: Rowledger, parks: str) -> None:
    result = rowledger("export", parks, "--format", "json", "--formula-guard")
    assert result.code == 1 and "formula_guard is for format=csv" in result.err


def test_an_export_into_a_file(rowledger: Rowledger, parks: str, tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    options = ["--bom", "--delimiter", ";", "--fields", "code,name", "--filter", "state_fips eq '15'"]
    result = rowledger("export", parks, *options, "--as-of", 1, "--sort", "-name", "--output", file)
    assert (result.code, result.out) == (0, "")
    assert file.read_bytes().decode("utf-8-sig") == "code;name\nHAVO;Hawaiʻi Volcanoes\nHALE;Haleakalā\n"
    assert [path.name for path in tmp_path.glob("out.csv*")] == ["out.csv"]
