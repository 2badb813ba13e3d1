"""Writes files that must be complete before they are sent, in a process of its own (`python -m` this module).

Its argument is a file with the plan, its standard input the rows. So neither the work nor the memory it takes holds
up the process that answers requests.
"""

import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

from anyio import to_thread

from application.exports.export_options import ExportFormat
from domain import errors, exact_json
from domain.columns import ColumnType
from domain.errors import Fault, Invalid, Refusal
from interfaces.formats.parquet import parquet_writer
from interfaces.formats.parquet.parquet_writer import ParquetRows, TypedColumn
from interfaces.formats.xlsx import xlsx_writer
from interfaces.formats.xlsx.xlsx_writer import SheetColumn

NICENESS = 5
"""Requests come first."""


async def write_file(plan: Mapping[str, Any], blocks: AsyncIterator[tuple[bytes, int]], folder: Path) -> Path:
    """The file that the plan describes, made of the blocks' rows, in `folder`. Raises the writer's refusals."""
    path, plan_path = folder / "file", folder / "plan.json"
    plan_path.write_text(exact_json.dumps({**plan, "path": str(path), "scratch": str(folder)}), encoding="utf-8")
    process = await to_thread.run_sync(_start_process, plan_path)
    assert process.stdin is not None and process.stdout is not None
    try:
        with suppress(BrokenPipeError):  # the writer has refused a row: it says so below
            async for block, _ in blocks:
                await to_thread.run_sync(process.stdin.write, block, abandon_on_cancel=True)
            await to_thread.run_sync(process.stdin.close, abandon_on_cancel=True)
        output = await to_thread.run_sync(process.stdout.read, abandon_on_cancel=True)
        code = await to_thread.run_sync(process.wait, abandon_on_cancel=True)
    finally:
        if process.poll() is None:
            process.kill()
        with suppress(BrokenPipeError):
            process.stdin.close()
        process.stdout.close()
        process.wait()
    if code != 0:
        raise Invalid("export-failed", "The file could not be written; the service's log says why")
    if refused := json.loads(output):
        faults = tuple(Fault(**fault) for fault in refused["faults"])
        raise getattr(errors, refused["kind"])(refused["code"], refused["detail"], faults)
    return path


def xlsx_plan(columns: list[SheetColumn], most_rows: int = xlsx_writer.MAX_SHEET_ROWS) -> dict[str, Any]:
    named = [{"name": one.name, "type": one.type.value, "decimals": one.decimals} for one in columns]
    return {"format": ExportFormat.XLSX.value, "columns": named, "most_rows": most_rows}


def parquet_plan(columns: list[TypedColumn], longest: int, average: int, notes: Mapping[str, str]) -> dict[str, Any]:
    named = [{"name": one.name, "type": one.type} for one in columns]
    return {
        "format": ExportFormat.PARQUET.value,
        "columns": named,
        "longest": longest,
        "average": average,
        "notes": notes,
    }


def _start_process(plan: Path) -> "Popen[bytes]":
    command = [sys.executable, "-m", "interfaces.services.exports.writer_process", str(plan)]
    return Popen(command, stdin=PIPE, stdout=PIPE, cwd=Path(__file__).parents[3])


def main() -> None:
    os.nice(NICENESS)
    plan = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    answer: dict[str, object] = {}
    try:
        _write_planned(plan)
    except Refusal as error:
        faults = [{"pointer": f.pointer, "code": f.code, "detail": f.detail} for f in error.faults]
        answer = {"kind": type(error).__name__, "code": error.code, "detail": error.detail, "faults": faults}
    sys.stdout.write(exact_json.dumps(answer))


def _write_planned(plan: Mapping[str, Any]) -> None:
    path = Path(plan["path"])
    match plan["format"]:
        case ExportFormat.XLSX:
            sheet = [SheetColumn(one["name"], ColumnType(one["type"]), one["decimals"]) for one in plan["columns"]]
            xlsx_writer.write(path, sheet, sys.stdin.buffer, plan["most_rows"])
        case ExportFormat.PARQUET:
            typed = [TypedColumn(one["name"], one["type"]) for one in plan["columns"]]
            rows = ParquetRows(Path("/dev/stdin"), plan["longest"], plan["average"])
            parquet_writer.write(path, typed, rows, Path(plan["scratch"]), plan["notes"])
        case other:
            raise ValueError(f"{other} is not written as a whole file")


if __name__ == "__main__":
    main()
