"""The cluster of the embedded server: its folders, and how it is created."""

import hashlib
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from interfaces.services.embedded.account import DATA, EmbeddedServerError, ServerAccount, take_ownership
from interfaces.services.embedded.programs import copy_programs

LOCALE_OPTIONS = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8")
"""All three are needed: with plain `C`, ILIKE, lower() and the trigrams of pg_trgm handle ASCII only."""


@dataclass(frozen=True)
class Cluster:
    """The paths of a cluster: this process owns `home`, the server's account owns `data` and `socket`."""

    home: Path
    programs: Path
    account: ServerAccount
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


def prepare_cluster(home: Path, programs: Path, account: ServerAccount) -> Cluster:
    if account.is_other and account.run("test", "-x", home) != 0:
        raise EmbeddedServerError(
            f"the account {account.name}, which runs PostgreSQL for root, cannot reach {home}: "
            f"set {DATA} to a folder it can reach, such as /var/lib/rowledger"
        )
    if account.is_other and account.run("test", "-x", programs / "postgres") != 0:
        programs = copy_programs(programs, home)
    cluster = Cluster(home, programs, account, _socket_folder(home))
    take_ownership(cluster.socket, account)
    if not cluster.data.exists():
        _make_cluster(cluster)
    return cluster


def _socket_folder(home: Path) -> Path:
    """A folder in `home`, or in /tmp if the path is too long for a socket or would need quoting."""
    inside = home / "socket"
    if len(str(inside)) <= 85 and re.fullmatch(r"[\w./+-]+", str(inside), re.ASCII):
        return inside
    return Path("/tmp", "rowledger-" + hashlib.sha256(os.fsencode(home)).hexdigest()[:16])


def _make_cluster(cluster: Cluster) -> None:
    """Create the cluster under a temporary name and rename it: PostgreSQL would take a partial one for complete."""
    for leftover in cluster.home.glob("initdb-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    draft = Path(tempfile.mkdtemp(prefix="initdb-", dir=cluster.home))
    take_ownership(draft, cluster.account)
    if cluster.run("initdb", "-D", draft, "-U", "postgres", "-A", "trust", "-E", "UTF8", *LOCALE_OPTIONS) != 0:
        raise EmbeddedServerError(f"PostgreSQL could not make its data folder: {log_tail(cluster.log)}")
    draft.rename(cluster.data)
    _fsync_folder(cluster.home)


def _fsync_folder(folder: Path) -> None:
    """Make a rename in `folder` durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def log_tail(log: Path) -> str:
    """The path of the log and its last lines."""
    lines = log.read_text(errors="replace").splitlines()[-5:] if log.exists() else []
    return "\n  ".join([f"{log} ends with", *lines])
