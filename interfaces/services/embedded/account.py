"""The account that the embedded server runs as, and the folders that it must be able to reach."""

import os
import stat
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from application.settings import setting_variable

if sys.platform != "win32":
    import pwd

DATA, DATABASE = setting_variable("data"), setting_variable("database_url")


class EmbeddedServerError(Exception):
    """The embedded PostgreSQL cannot run here; the message says which setting to change."""


@dataclass(frozen=True)
class ServerAccount:
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


def is_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0


def find_account() -> ServerAccount:
    try:
        entry = pwd.getpwnam("nobody") if is_root() else pwd.getpwuid(os.geteuid())
    except KeyError as error:
        who = "the account nobody" if is_root() else f"the user id {os.geteuid()}"
        raise EmbeddedServerError(
            f"PostgreSQL cannot run here, because {who} is not in the system's list of accounts: "
            f"set {DATABASE} to a PostgreSQL server"
        ) from error
    return ServerAccount(entry.pw_name, entry.pw_uid, entry.pw_gid, is_other=is_root())


def make_folders(home: Path) -> None:
    """Create missing folders with modes that do not depend on the umask. Existing folders stay unchanged."""
    missing = [folder for folder in (home, *home.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755 if is_root() else 0o700)


def take_ownership(folder: Path, account: ServerAccount) -> None:
    """Create `folder` for the account. The name is guessable, so a folder of another owner is refused."""
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), account.uid}:
        raise EmbeddedServerError(f"{folder} belongs to another user: remove it, or set {DATA} to a shorter path")
    if account.is_other:
        os.chown(folder, account.uid, account.gid, follow_symlinks=False)
