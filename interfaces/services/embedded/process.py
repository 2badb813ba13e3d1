"""The process of the embedded server: starts it, also after a crash, and checks whether it answers."""

import os
import re
import shlex
import time
from collections.abc import Iterator
from pathlib import Path

from interfaces.services.embedded.account import EmbeddedServerError
from interfaces.services.embedded.cluster import Cluster, log_tail

START_TIMEOUT_SECONDS = 60.0
"""How long a failed start is retried. A server in recovery is waited for without this limit."""

SERVER_SETTINGS = (
    "max_connections=200",
    "max_wal_size=8GB",
    "checkpoint_completion_target=0.9",
    "work_mem=32MB",
    "maintenance_work_mem=256MB",
    "random_page_cost=1.1",
    "timezone=UTC",
)

_ACCEPTING, _REJECTING = 0, 1  # exit codes of pg_isready; rejecting: in recovery or shutting down
_NO_PROCESS = 2**31 - 1  # above every process id a kernel assigns
_SOCKET = ".s.PGSQL.5432"


def ensure_running(cluster: Cluster) -> None:
    """Start the server if it is down, with retries: after a crash, parts of the old one may remain for a while."""
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while (answer := check_status(cluster)) != _ACCEPTING:
        if answer == _REJECTING:
            time.sleep(0.1)
            continue
        if _launch(cluster):
            return
        if time.monotonic() > deadline:
            raise EmbeddedServerError(f"PostgreSQL did not start: {log_tail(cluster.data / 'server.log')}")
        _clear_dead_server(cluster)
        time.sleep(0.3)


def check_status(cluster: Cluster) -> int:
    return cluster.run("pg_isready", "-q", "-h", cluster.socket, "-p", "5432")


def _launch(cluster: Cluster) -> bool:
    options = ["-p", "5432", "-k", str(cluster.socket), "-c", "listen_addresses="]
    for setting in (*SERVER_SETTINGS, *_machine_settings(cluster)):
        options += ["-c", setting]
    log = cluster.data / "server.log"
    command = ("-D", cluster.data, "-w", "-t", "3600", "-l", log, "-o", shlex.join(options), "start")
    return cluster.run("pg_ctl", *command) == 0


def _machine_settings(cluster: Cluster) -> Iterator[str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    yield "shared_buffers=512MB" if memory >= 8_000_000_000 else "shared_buffers=256MB"
    if any(cluster.programs.parent.glob("share/**/pg_stat_statements.control")):
        yield "shared_preload_libraries=pg_stat_statements"


def _clear_dead_server(cluster: Cluster) -> None:
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
