"""`rowledger import`."""

from pathlib import Path

import pytest
from psycopg import connect

from application.jobs.life_cycle import JobLifeCycle
from tests.interfaces.cli.conftest import PARKS, Rowledger


def test_an_import_reports_accepted_and_rejected_rows(rowledger: Rowledger) -> None:
    result = rowledger("import", PARKS, "--name", "Parks")
    assert result.code == 0
    assert result.out.startswith("Dataset parks (")
    assert result.out.endswith("63 rows accepted, 0 rejected\n")
    assert result.err == ""


def test_json_output_is_the_job_result(rowledger: Rowledger) -> None:
    result = rowledger("import", PARKS, "--json").json
    assert isinstance(result, dict)
    assert result["slug"] == "national-parks"
    assert result["version"] == 1
    assert result["rows"] == {"read": 63, "accepted": 63, "rejected": 0}


def test_rows_that_break_the_key_are_counted(rowledger: Rowledger, tmp_path: Path) -> None:
    file = tmp_path / "twice.csv"
    file.write_text("sku,name\n01,a\n02,b\n01,c\n")
    assert "rejected" in rowledger("import", file, "--key", "sku").out
    assert "0 rejected" not in rowledger("import", file, "--key", "sku", "--allow-duplicates").out


def test_the_same_file_again_is_refused_unless_allowed(rowledger: Rowledger, parks: str, tmp_path: Path) -> None:
    result = rowledger("import", PARKS)
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("rowledger: The same content was imported before, as 'national-parks.csv'")
    assert "--allow-duplicates" in result.err
    assert result.err.count("\n") == 1
    assert "Dataset national-parks-2 (" in rowledger("import", PARKS, "--allow-duplicates").out
    assert list((tmp_path / "data" / "uploads").iterdir()) == []


def test_a_missing_file_is_named(rowledger: Rowledger) -> None:
    result = rowledger("import", "nosuch.csv")
    assert (result.code, result.err) == (1, "rowledger: nosuch.csv: No such file or directory\n")


def test_a_folder_is_no_file(rowledger: Rowledger, tmp_path: Path) -> None:
    assert rowledger("import", tmp_path).err == f"rowledger: {tmp_path}: Is a directory\n"


def test_what_is_no_table_is_refused_before_anything_is_stored(rowledger: Rowledger, tmp_path: Path) -> None:
    file = tmp_path / "picture.csv"
    file.write_bytes(b"\x89PNG\r\n\x1a\n")
    result = rowledger("import", file)
    assert result.code == 1 and result.err.startswith("rowledger: This looks like a PNG image; CSV, JSON,")
    assert list((tmp_path / "data" / "uploads").iterdir()) == []


def test_a_failed_import_prints_its_error_and_the_file_may_be_imported_again(rowledger: Rowledger) -> None:
    result = rowledger("import", PARKS, "--key", "cod")
    assert result.code == 1
    assert result.err == "rowledger: the key's column 'cod' is not in the file: did you mean 'code'?\n"
    assert rowledger("import", PARKS, "--key", "code").code == 0


def test_no_worker_runs_the_job_again(rowledger: Rowledger, parks: str, database: str) -> None:
    with connect(database) as connection:
        waiting = connection.execute("SELECT count(*) FROM procrastinate_jobs").fetchone()
        states = connection.execute("SELECT state FROM jobs").fetchall()
    assert (waiting, states) == ((0,), [("succeeded",)])


def test_an_interrupted_import_leaves_nothing_behind(
    rowledger: Rowledger, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(JobLifeCycle, "run", interrupted)
        assert rowledger("import", PARKS).code != 0
    with connect(database) as connection:
        assert connection.execute("SELECT state FROM jobs").fetchall() == [("cancelled",)]
        assert connection.execute("SELECT FROM slugs").fetchall() == []
    assert "Dataset national-parks (" in rowledger("import", PARKS).out


def test_a_file_is_imported_into_an_existing_dataset(rowledger: Rowledger, parks: str, tmp_path: Path) -> None:
    more = tmp_path / "more.csv"
    more.write_text("code;name\nACAD;Acadia, Maine\nXXXX;New\nYYYY\n")
    arguments = ("import", more, "--into", parks, "--mode", "upsert")
    dry = rowledger(*arguments, "--dry-run")
    assert dry.out.startswith("Nothing was stored. The import would change: 1 added, 1 changed")
    result = rowledger(*arguments)
    assert result.code == 0 and "Version 2: 1 added, 1 changed" in result.out and "1 rejected" in result.out
    assert rowledger(*arguments, "--allow-duplicates").out.endswith("Nothing new\n")
    assert rowledger("import", more, "--into", parks, "--mode", "merge").code == 1
    assert rowledger("import", more, "--into", parks, "--key", "code").code == 1
    assert "no dataset 'nowhere'" in rowledger("import", more, "--into", "nowhere").err


def test_options_replace_detection(rowledger: Rowledger, tmp_path: Path) -> None:
    file = tmp_path / "zips.csv"
    file.write_text("zip,n\n1234,1\n")
    assert rowledger("import", file, "--options", '{"columns": {"zip": "string"}}').code == 0
    assert '"zip": "1234"' in rowledger("query", "zips", "--json").out.replace('":"', '": "')
    refused = rowledger("import", file, "--options", '{"delimeter": ";"}')
    assert refused.code == 1 and "did you mean 'delimiter'" in refused.err
