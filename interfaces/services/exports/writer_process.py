"""Writes files that must be complete before they are sent, in a separate process (`python -m` this module).

Its argument is the path of a plan, its standard input the rows. The process that serves requests is thus not slowed
down by the work and does not need the memory.
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
"""Serving requests has priority."""


async def write_file(plan: Mapping[str, Any], blocks: AsyncIterator[tuple[bytes, int]], folder: Path) -> Path:
    """Write the file that the plan describes from the blocks' rows, into `folder`. Raises the writer's refusals."""
    path, plan_path = folder / "file", folder / "plan.json"
    plan_path.write_text(exact_json.dumps({**plan, "path": str(path), "scratch": str(folder)}), encoding="utf-8")
    process = await to_thread.run_sync(_start_process, plan_path)
    assert process.stdin is not None and process.stdout is not None
    try:
        with suppress(BrokenPipeError):  # the writer refused a row; its output says why
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
    specs = [{"name": column.name, "type": column.type.value, "decimals": column.decimals} for column in columns]
    return {"format": ExportFormat.XLSX.value, "columns": specs, "most_rows": most_rows}


def parquet_plan(columns: list[TypedColumn], longest: int, average: int, notes: Mapping[str, str]) -> dict[str, Any]:
    specs = [{"name": column.name, "type": column.type} for column in columns]
    return {
        "format": ExportFormat.PARQUET.value,
        "columns": specs,
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
            sheet = [
                SheetColumn(column["name"], ColumnType(column["type"]), column["decimals"])
                for column in plan["columns"]
            ]
            xlsx_writer.write(path, sheet, sys.stdin.buffer, plan["most_rows"])
        case ExportFormat.PARQUET:
            typed = [TypedColumn(column["name"], column["type"]) for column in plan["columns"]]
            rows = ParquetRows(Path("/dev/stdin"), plan["longest"], plan["average"])
            parquet_writer.write(path, typed, rows, Path(plan["scratch"]), plan["notes"])
        case other:
            raise ValueError(f"{other} is not written as a whole file")


if __name__ == "__main__":
    main()
