"""`rowledger events` and `purge`: the log, and how datasets are removed from it."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from application.commands.envelope import CommandEnvelope
from domain import exact_json
from domain.dataset.commands import DeleteDataset
from interfaces.cli import dataset_names
from interfaces.services import database as connections
from interfaces.services import wiring
from tests.given import open_service
from tests.interfaces.cli.conftest import PARKS, Rowledger


def test_one_line_an_event(rowledger: Rowledger, parks: str) -> None:
    (line,) = rowledger("events", "show", parks).out.splitlines()
    position, dataset, version, kind, *_, added, what = line.split()
    assert (position, version, kind, added, what) == ("1", "1", "RecordsImported", "63", "added")
    assert UUID(dataset)


def test_one_json_a_line(rowledger: Rowledger, parks: str) -> None:
    (line,) = rowledger("events", "show", parks, "--json").out.splitlines()
    event = exact_json.loads(line)
    assert (event["position"], event["type"], event["data"]["accepted"]) == (1, "RecordsImported", 63)
    assert event["summary"] == {"added": 63, "changed": 0, "removed": 0}


def test_an_unknown_dataset_has_no_events(rowledger: Rowledger) -> None:
    result = rowledger("events", "show", "nope")
    assert (result.code, result.err) == (1, "rowledger: There is no dataset 'nope'\n")


def test_tail_follows_until_ctrl_c(rowledger: Rowledger, parks: str) -> None:
    command = [sys.executable, "-m", "interfaces.cli.main", "events", "tail", "--after", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as tail:
        assert tail.stdout is not None
        assert tail.stderr is not None
        assert exact_json.loads(tail.stdout.readline())["position"] == 1
        rowledger("import", PARKS, "--allow-duplicates")
        assert exact_json.loads(tail.stdout.readline())["position"] == 2
        tail.send_signal(signal.SIGINT)
        try:
            assert tail.wait(30) == 0
        finally:
            tail.kill()
        assert tail.stderr.read() == ""


def test_a_dataset_that_is_not_deleted_is_not_purged(rowledger: Rowledger, parks: str) -> None:
    result = rowledger("purge", parks, "--yes")
    assert result.code == 1
    assert result.err == "rowledger: The dataset has not been deleted; only a deleted one can be purged\n"
    assert len(rowledger("events", "show", parks).out.splitlines()) == 1


def test_a_deleted_dataset_is_shown_until_it_is_purged(
    rowledger: Rowledger, parks: str, database: str, tmp_path: Path
) -> None:
    delete(database, tmp_path, parks)
    assert rowledger("query", parks).err == "rowledger: The dataset 'national-parks' was deleted\n"
    assert len(rowledger("events", "show", parks).out.splitlines()) == 2
    assert rowledger("purge", parks, "--yes").out.startswith("Purged national-parks (")
    assert rowledger("events", "show", parks).err == "rowledger: There is no dataset 'national-parks'\n"
    assert "Dataset national-parks (" in rowledger("import", PARKS).out


def test_a_purge_asks_first(
    rowledger: Rowledger, parks: str, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete(database, tmp_path, parks)
    monkeypatch.setattr("typer.confirm", lambda question, err: False)
    assert rowledger("purge", parks).err == "rowledger: nothing was removed\n"
    monkeypatch.setattr("typer.confirm", lambda question, err: True)
    assert rowledger("purge", parks, "--json").code == 0


def test_two_deleted_datasets_with_one_slug_are_distinguished_by_id(
    rowledger: Rowledger, parks: str, database: str, tmp_path: Path
) -> None:
    delete(database, tmp_path, parks)
    rowledger("import", PARKS, "--allow-duplicates")
    delete(database, tmp_path, parks)
    result = rowledger("purge", parks, "--yes")
    assert result.code == 1
    assert result.err.startswith("rowledger: 2 deleted datasets had the slug 'national-parks'; give the id of one: ")
    assert rowledger("purge", result.err.split()[-1], "--yes").code == 0
    assert rowledger("purge", parks, "--yes").code == 0


def test_projections_are_as_far_as_the_log(rowledger: Rowledger, parks: str) -> None:
    status = rowledger("projections", "status", "--json").json
    assert isinstance(status, list)
    assert [one["projection"] for one in status] == ["records", "heads", "versions", "imports", "audit"]
    inline, followers = status[:4], status[4:]
    assert all((one["kind"], one["position"], one["lag"], one["stopped"]) == ("inline", 1, 0, None) for one in inline)
    assert all((one["head"], one["lag_seconds"]) == (1, 0) for one in inline)
    (audit,) = followers
    assert (audit["kind"], audit["position"], audit["lag"], audit["stopped"]) == ("follower", 0, 1, None)
    assert audit["lag_seconds"] > 0, "no worker is running"
    assert len(rowledger("projections", "status").out.splitlines()) == 6


def test_read_models_that_follow_the_log_are_rebuilt_and_verified(rowledger: Rowledger, parks: str) -> None:
    rebuilt: Any = rowledger("projections", "rebuild", "--json").json
    assert [one["projection"] for one in rebuilt["projections"]] == ["audit"] and len(rebuilt["datasets"]) == 1
    statuses: Any = rowledger("projections", "status", "--json").json
    assert statuses[-1]["lag"] == 0
    verified: Any = rowledger("projections", "verify", "--json").json
    assert [one["state"] for one in verified["datasets"] + verified["projections"]] == ["clean", "clean"]
    one: Any = rowledger("projections", "verify", parks, "--json").json
    assert one["projections"] == []


def test_a_stopped_read_model_is_shown_and_resumed(rowledger: Rowledger, parks: str, database: str) -> None:
    stop = "INSERT INTO follower_failures VALUES ('audit', 1, gen_random_uuid(), 1, 'RecordsImported', 'poison')"
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(stop)
    statuses: Any = rowledger("projections", "status", "--json").json
    result = statuses[-1]["stopped"]
    assert result.startswith("RecordsImported at position 1 (stream ") and result.endswith("poison")
    assert rowledger("projections", "resume", "audit").err == "audit tries again.\n"
    assert rowledger("projections", "resume", "audit").err == "audit was not stopped.\n"
    refused = rowledger("projections", "resume", "audits")
    assert refused.code == 1 and "did you mean 'audit'?" in refused.err


def test_projections_that_lag_say_by_how_much(rowledger: Rowledger, parks: str, database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("DELETE FROM versions")
    status = rowledger("projections", "status", "--json").json
    assert isinstance(status, list)
    assert [(one["position"], one["lag"]) for one in status] == [(0, 1)] * 5
    assert all(one["lag_seconds"] > 0 for one in status)


def test_verify_prints_the_digest_of_each_dataset(rowledger: Rowledger, parks: str) -> None:
    before = rowledger("projections", "verify", "--json").json
    assert isinstance(before, dict)
    (found,) = before["datasets"]
    assert (found["version"], found["state"], len(found["digest"])) == (1, "clean", 16)
    rebuilt: Any = rowledger("projections", "rebuild", parks, "--json").json
    assert [one["dataset"] for one in rebuilt["datasets"]] == [found["dataset"]]
    after: Any = rowledger("projections", "verify", parks, "--json").json
    assert after["datasets"] == before["datasets"]


def delete(conninfo: str, data: Path, slug: str) -> None:
    with open_service(conninfo, data) as service, connections.transaction(service.pool) as cursor:
        dataset_id = dataset_names.find_dataset(service, slug).id
        service.handler.execute_one(
            cursor, CommandEnvelope(dataset_id, DeleteDataset(), wiring.local_context(str(uuid4())))
        )
