"""Inspects a file in a separate process: `python -m` this module, with its arguments as JSON on standard input.

A file may be large or hostile; it must neither slow down nor endanger the process that serves requests.
"""

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from application.imports import import_options
from application.imports.inspection import inspect_file
from domain import errors, exact_json
from domain.errors import Fault, Invalid, Refusal
from interfaces.formats.registry import FileFormats
from interfaces.formats.source import SourceLimits

TIMEOUT_SECONDS = 300
CONCURRENT_INSPECTIONS = asyncio.Semaphore(2)


async def run_inspection(
    path: Path, filename: str, options: Mapping[str, Any], scratch: Path, limits: SourceLimits
) -> dict[str, Any]:
    """The result of `application.imports.inspection`. Raises its refusals, or Invalid `inspection-failed`."""
    task = {
        "path": str(path),
        "filename": filename,
        "options": options,
        "scratch": str(scratch),
        "limits": asdict(limits),
    }
    async with CONCURRENT_INSPECTIONS:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "interfaces.services.inspection_process"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        try:
            output, _ = await asyncio.wait_for(process.communicate(exact_json.dumps(task).encode()), TIMEOUT_SECONDS)
        except TimeoutError:
            raise Invalid("inspection-failed", f"The inspection took more than {TIMEOUT_SECONDS} seconds") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    if process.returncode != 0:
        raise Invalid("inspection-failed", "The inspection failed; the service's log says why")
    answer: dict[str, Any] = exact_json.loads(output)
    if refused := answer.get("refused"):
        faults = tuple(Fault(**fault) for fault in refused["faults"])
        raise getattr(errors, refused["kind"])(refused["code"], refused["detail"], faults)
    found: dict[str, Any] = answer["found"]
    return found


def main() -> None:
    task = json.load(sys.stdin)
    files = FileFormats(Path(task["scratch"]), SourceLimits(**task["limits"]))
    try:
        options = import_options.parse_import_options(task["options"])
        answer: dict[str, object] = {"found": inspect_file(files, Path(task["path"]), task["filename"], options)}
    except Refusal as error:
        refused = {"kind": type(error).__name__, "code": error.code, "detail": error.detail}
        answer = {"refused": refused | {"faults": [asdict(fault) for fault in error.faults]}}
    sys.stdout.write(exact_json.dumps(answer))


if __name__ == "__main__":
    main()
