"""Clients that generators make from the OpenAPI document import, page, change and read the history."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx
import pytest

from domain import exact_json
from tests.clients.node import NODE, install_packages

CLIENTS = Path(__file__).parents[2] / "clients" / "openapi"
LOCK = CLIENTS / "generator.lock"

TYPESCRIPT = {
    "compilerOptions": {
        "strict": True,
        "skipLibCheck": True,
        "target": "es2022",
        "lib": ["es2022", "dom", "dom.iterable"],
        "module": "commonjs",
        "moduleResolution": "node",
        "types": [],
    },
    "files": ["use_hey_api.ts"],
}

PAGES = [["Ann", "Bob"], ["Cid"]]
BATCH = {"added": 1, "changed": 0, "removed": 1}


def run(command: list[str], folder: Path, **environment: str) -> str:
    ended = subprocess.run(
        command, capture_output=True, text=True, env=os.environ | environment, cwd=folder, timeout=300, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture
def document(client: httpx.Client, tmp_path: Path) -> Path:
    path = tmp_path / "openapi.json"
    path.write_bytes(client.get("/openapi.json").content)
    return path


def install_generator() -> Path:
    """The folder of openapi-python-client, which needs another Typer than ours; installed once for each lock."""
    lock = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"rowledger-generator-{os.getuid()}-{lock}"
    if not folder.exists():
        making = Path(tempfile.mkdtemp(prefix=f"{folder.name}-", dir=folder.parent))
        install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--require-hashes"]
        run([*install, "--target", str(making), "-r", str(LOCK)], making)
        try:
            making.rename(folder)
        except OSError:
            assert folder.exists()
            shutil.rmtree(making)
    return folder


def test_a_python_client(client: httpx.Client, document: Path, tmp_path: Path) -> None:
    output = run(
        [
            *(sys.executable, "-m", "openapi_python_client", "generate", "--path", str(document), "--meta", "none"),
            *("--output-path", str(tmp_path / "rowledger_client"), "--config", str(CLIENTS / "generator.yaml")),
        ],
        tmp_path,
        PYTHONPATH=str(install_generator()),
    )
    assert "WARNING" not in output and "Unable" not in output, output
    script = str(CLIENTS / "use_python_client.py")
    found: dict[str, Any] = exact_json.loads(
        run([sys.executable, script, str(tmp_path), str(client.base_url)], tmp_path).encode()
    )
    assert found == {
        "pages": PAGES,
        "etag": '"2"',
        "price": exact_json.loads(b"9.75"),
        "refused": "/problems/version-conflict",
        "batch": BATCH,
        "name": "Renamed",
        "history": [[2, ["price"]], [1, ["code", "name", "price"]]],
        "missing": "/problems/dataset-not-found",
    }


def test_a_typescript_client(client: httpx.Client, document: Path, tmp_path: Path) -> None:
    packages = install_packages(CLIENTS) / "node_modules"
    generator = str(packages / "@hey-api" / "openapi-ts" / "bin" / "run.js")
    run([str(NODE), generator, "-i", str(document), "-o", "made", "--no-log-file"], tmp_path)
    shutil.copy(CLIENTS / "use_hey_api.ts", tmp_path)
    compiler = str(packages / "typescript" / "bin" / "tsc")
    (tmp_path / "tsconfig.json").write_text(exact_json.dumps(TYPESCRIPT))
    run([str(NODE), compiler, "-p", "."], tmp_path)
    found: dict[str, Any] = exact_json.loads(
        run([str(NODE), "use_hey_api.js", str(client.base_url).rstrip("/")], tmp_path).encode()
    )
    assert found == {
        "job": "succeeded",
        "pages": PAGES,
        "etag": '"3"',
        "price": exact_json.loads(b"9.75"),
        "refused": "/problems/version-conflict",
        "batch": BATCH,
        "name": "Renamed",
        "history": [[3, ["price"]], [2, ["code", "name", "price"]]],
        "missing": "/problems/dataset-not-found",
    }


def test_the_lock_names_no_registry() -> None:
    assert "resolved" not in (CLIENTS / "package-lock.json").read_text(encoding="utf-8")
