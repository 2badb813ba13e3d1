"""The embedded PostgreSQL: started once, shared by all, stopped by the last user, intact after any crash."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from interfaces.services.embedded import cluster, embedded_postgres, programs
from interfaces.services.embedded.account import EmbeddedServerError
from interfaces.services.embedded.embedded_postgres import MAJOR_VERSION, default_data_folder, start

ROOT = Path(__file__).parents[3]
AS_ROOT = os.geteuid() == 0

USER_OF_THE_SERVER = """
import sys
from pathlib import Path
from interfaces.services.embedded.embedded_postgres import start
server = start(Path(sys.argv[1]))
print(server.conninfo, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that `nobody` can reach as well; pytest's own are closed to it when root runs the tests."""
    made = Path(tempfile.mkdtemp(prefix="rowledger-test-", dir="/tmp"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def test_it_answers_until_its_only_user_leaves(folder: Path) -> None:
    with start(folder) as server:
        assert ask(server.conninfo, "SELECT 'ÄPFEL' ILIKE 'äpf%'") is True
        assert ask(server.conninfo, "SHOW fsync") == "on"
        assert ask(server.conninfo, "SHOW listen_addresses") == ""
        assert ask(server.conninfo, "SHOW max_connections") == "200"
        assert ask(server.conninfo, "SHOW shared_preload_libraries") == "pg_stat_statements"
    assert not answers(server.conninfo)
    server.leave()


def test_a_second_user_of_the_same_process_keeps_it_up(folder: Path) -> None:
    first, second = start(folder), start(folder)
    first.leave()
    assert answers(second.conninfo)
    second.leave()
    assert not answers(second.conninfo)


def test_six_processes_at_once_share_one_server(folder: Path) -> None:
    users = [another_process(folder) for _ in range(6)]
    conninfos = {conninfo_of(user) for user in users}
    assert len(conninfos) == 1
    (conninfo,) = conninfos
    assert (home(folder) / "setup.log").read_text().count("syncing data to disk") == 1
    for user in users[1:]:
        dismiss(user)
    assert answers(conninfo)
    dismiss(users[0])
    assert not answers(conninfo)


def test_after_a_killed_user_the_next_one_joins_and_stops_the_server(folder: Path) -> None:
    user = another_process(folder)
    conninfo = conninfo_of(user)
    kill(user)
    assert answers(conninfo)
    with start(folder) as server:
        assert server.conninfo == conninfo
    assert not answers(conninfo)


def test_what_was_committed_survives_the_death_of_user_and_server(folder: Path) -> None:
    user = another_process(folder)
    conninfo = conninfo_of(user)
    with psycopg.connect(conninfo) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    kill(user)
    kill_server(folder)
    with start(folder) as server:
        assert ask(server.conninfo, "SELECT answer FROM kept") == 42


@pytest.mark.parametrize("command", [["true"], ["sleep", "60"]], ids=["a zombie", "another program"])
def test_a_process_id_left_by_a_dead_server_does_not_stop_the_next(folder: Path, command: list[str]) -> None:
    user = another_process(folder)
    conninfo_of(user)
    kill(user)
    kill_server(folder)
    with subprocess.Popen(command, user="nobody" if AS_ROOT else None) as squatter:
        rewrite_process_id(folder, squatter.pid)
        with start(folder) as server:
            assert answers(server.conninfo)
        squatter.kill()


def test_a_partial_cluster_is_not_taken_for_a_complete_one(folder: Path) -> None:
    draft = home(folder) / "initdb-killed"
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text(f"{MAJOR_VERSION}\n")
    with start(folder) as server:
        assert answers(server.conninfo)
    assert not draft.exists()


def test_a_path_too_long_for_a_socket_is_supported(folder: Path) -> None:
    with start(folder / ("long and 'quoted' " * 6).strip()) as server:
        socket = Path(server.conninfo.split()[0].removeprefix("host="))
        assert socket.parent == Path("/tmp")
        assert answers(server.conninfo)
    shutil.rmtree(socket)


def test_a_socket_folder_of_another_user_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trap = folder / "trap"
    trap.symlink_to(folder)
    monkeypatch.setattr(cluster, "_socket_folder", lambda home: trap)
    with pytest.raises(EmbeddedServerError, match=f"{trap} belongs to another user"):
        start(folder)


def test_programs_that_nobody_can_read_are_copied(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not AS_ROOT:
        pytest.skip("only root lends the server another account")
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    package = programs.find_programs().parent.parent
    for part in (package, package.with_name(f"{package.name}.libs")):
        (closed / part.name).symlink_to(part)
    copied = closed / package.name / "pginstall" / "bin"
    monkeypatch.setattr(embedded_postgres, "find_programs", lambda: copied)
    with start(folder) as server:
        assert answers(server.conninfo)
    assert len(list(home(folder).glob("server-*"))) == 1
    assert closed.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_nobody_can_reach_is_refused_and_left_as_it_is(folder: Path) -> None:
    if not AS_ROOT:
        pytest.skip("only root lends the server another account")
    folder.chmod(0o700)
    with pytest.raises(EmbeddedServerError, match="set ROWLEDGER_DATA to a folder it can reach"):
        start(folder)
    assert folder.stat().st_mode & 0o777 == 0o700


def test_an_unknown_user_id_is_told_to_set_database_url(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(_: object) -> None:
        raise KeyError

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    monkeypatch.setattr(os, "geteuid", lambda: 123456)
    with pytest.raises(EmbeddedServerError, match=r"user id 123456 is not in .*set DATABASE_URL"):
        start(folder)


def test_a_platform_without_programs_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "PACKAGE", "no_such_package")
    with pytest.raises(EmbeddedServerError, match="set DATABASE_URL"):
        start(folder)


def test_a_folder_that_cannot_be_created_is_named(folder: Path) -> None:
    (folder / "file").touch()
    with pytest.raises(EmbeddedServerError, match=r"cannot use .*/file/data .*set ROWLEDGER_DATA"):
        start(folder / "file" / "data")


def test_the_default_folder_is_the_systems_for_root_and_in_the_home_for_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert default_data_folder() == Path("/var/lib/rowledger")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert default_data_folder() == Path("/home/ada/.local/share/rowledger")
    monkeypatch.setenv("XDG_DATA_HOME", "/data/ada")
    assert default_data_folder() == Path("/data/ada/rowledger")


def home(folder: Path) -> Path:
    return folder / f"pg{MAJOR_VERSION}-{os.geteuid()}"


def ask(conninfo: str, query: str) -> object:
    with psycopg.connect(conninfo) as connection:
        row = connection.execute(query.encode()).fetchone()
        return row[0] if row else None


def answers(conninfo: str) -> bool:
    try:
        return ask(conninfo, "SELECT 1") == 1
    except psycopg.OperationalError:
        return False


def another_process(folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", USER_OF_THE_SERVER, str(folder)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def conninfo_of(user: subprocess.Popen[str]) -> str:
    assert user.stdout is not None
    line = user.stdout.readline().strip()
    assert line, "the process could not start the server"
    return line


def dismiss(user: subprocess.Popen[str]) -> None:
    """Let the process end, when atexit makes it leave."""
    user.communicate("")
    assert user.returncode == 0


def kill(user: subprocess.Popen[str]) -> None:
    user.kill()
    user.communicate()


def kill_server(folder: Path) -> None:
    number = int((home(folder) / "data" / "postmaster.pid").read_text().split()[0])
    os.kill(number, signal.SIGKILL)
    while is_running(number):
        time.sleep(0.02)


def is_running(number: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{number}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def rewrite_process_id(folder: Path, number: int) -> None:
    listed = home(folder) / "data" / "postmaster.pid"
    _, rest = listed.read_text().split("\n", 1)
    listed.write_text(f"{number}\n{rest}")
