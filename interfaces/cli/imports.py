"""`rowledger import`: imports a file into a new or existing dataset, in this process, with a progress bar."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid4

import typer
from psycopg import Connection
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from application.imports import acceptance, import_options
from application.imports.acceptance import AcceptedImport, ImportRequest, UploadedFile
from application.jobs.job import JobMustWait, JobState
from application.jobs.job_store import job_reads, job_writes
from application.settings import limit_setting
from domain import exact_json
from domain.columns import ColumnType, describe_type_error
from domain.errors import Conflict, Invalid, TooLarge
from interfaces.cli import dataset_names, options, output, session
from interfaces.cli.session import CliError
from interfaces.formats.first_look import check_readable
from interfaces.services import wiring
from interfaces.services.authentication import LOCAL_ACCESS
from interfaces.services.wiring import Service

BLOCK_BYTES = 1 << 20

TURN_SECONDS = 600
"""Seconds that an import waits for imports of the same dataset that were accepted before it."""

app = typer.Typer()


class NullQueue:
    """Enqueues nothing: this process runs the job itself."""

    def enqueue(self, connection: "Connection[Any]", job_id: UUID, *, in_order_of: UUID | None = None) -> None:
        pass


@dataclass(frozen=True, slots=True)
class _ImportProgress:
    """The progress bar: first of copying the file, then of importing its rows."""

    progress: Progress
    task: Any

    def show_copied(self, size: int) -> None:
        self.progress.update(self.task, completed=size)

    def show_import_start(self) -> None:
        self.progress.reset(self.task, description="Importing", rows="0 rows")

    def show_imported(self, rows: int, read: int) -> None:
        self.progress.update(self.task, completed=read, rows=output.format_count(rows, "row"))

    def show_complete(self, rows: int) -> None:
        total = self.progress.tasks[0].total
        self.progress.update(self.task, completed=total, rows=output.format_count(rows, "row"))


@app.command("import", epilog="Example: rowledger import orders.csv --key order_id")
def import_file(
    file: Annotated[
        Path, typer.Argument(help="CSV, JSON, NDJSON, Excel, ODS or Parquet, also compressed.", show_default=False)
    ],
    name: Annotated[str | None, typer.Option(help="The dataset's name. [dim]Default: the file's.[/dim]")] = None,
    key: Annotated[str, typer.Option(help="The columns that identify a record: a,b.")] = "",
    into: Annotated[str, typer.Option(help="Import into this existing dataset instead of a new one.")] = "",
    mode: Annotated[str, typer.Option(help="With --into: append, upsert or replace.")] = "append",
    given: Annotated[str, typer.Option("--options", help='Import options as JSON: {"delimiter": ";"}.')] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report what would happen; store nothing.")] = False,
    allow_duplicates: Annotated[
        bool, typer.Option("--allow-duplicates", help="Allow a file that was already imported.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Import a file into a new or an existing dataset."""
    keys = tuple(part.strip() for part in key.split(",")) if key.strip() else ()
    import_request = ImportRequest(
        (name or file.stem).strip() or "upload",
        key=keys,
        duplicates_allowed=allow_duplicates,
        options=_parse_options(given),
        dry_run=dry_run,
    )
    for what, text in (("name", import_request.name), ("key", key), ("the file's name", file.name)):
        if why := describe_type_error(ColumnType.STRING, text):
            raise Invalid("invalid-name", f"{what}: {why}")
    with session.open_service() as service:
        if into:
            import_request = _set_target(service, import_request, into, mode, name, key)
        accepted, result = _run_import(service, file, import_request)
    _print_result(replace(accepted, slug=into or accepted.slug), result, as_json)


def _set_target(
    service: Service, import_request: ImportRequest, into: str, mode: str, name: str | None, key: str
) -> ImportRequest:
    if name or key:
        raise Invalid("unknown-field", "--name and --key describe a new dataset; they cannot be combined with --into")
    if mode not in acceptance.MODES:
        raise Invalid("invalid-mode", f"--mode is {mode!r}; expected one of {', '.join(acceptance.MODES)}")
    return replace(import_request, into=dataset_names.find_dataset(service, into).id, mode=mode)


def _parse_options(text: str) -> dict[str, Any]:
    try:
        found = exact_json.loads(text) if text.strip() else {}
    except ValueError as error:
        raise Invalid("invalid-json", f"--options is not valid JSON: {error}") from None
    if not isinstance(found, dict):
        raise Invalid("invalid-options", '--options must be a JSON object like {"delimiter": ";"}')
    import_options.parse_import_options(found)
    return found


def _run_import(
    service: Service, file: Path, import_request: ImportRequest
) -> tuple[AcceptedImport, Mapping[str, Any]]:
    with _progress_bar(_file_size(file)) as bar:
        accepted = _accept_file(service, file, import_request, bar)
        bar.show_import_start()
        with _cancel_if_interrupted(service, accepted):
            _run_job(service, accepted.job_id, bar)
        result = _read_result(service, accepted.job_id)
        bar.show_complete(result["rows"]["read"])
    return accepted, result


def _accept_file(service: Service, file: Path, import_request: ImportRequest, bar: _ImportProgress) -> AcceptedImport:
    path = service.settings.uploads / str(uuid4())
    try:
        upload = _copy_upload(file, path, service.settings.limits.upload_bytes, bar)
        with service.pool.connection() as connection:
            context = wiring.local_context(str(uuid4()))
            return acceptance.accept_import(connection, service.models, NullQueue(), context, upload, import_request)
    except Conflict as error:
        path.unlink(missing_ok=True)
        raise replace(error, detail=error.detail.replace("?duplicates=allow", "--allow-duplicates")) from None
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _copy_upload(file: Path, path: Path, max_bytes: int, bar: _ImportProgress) -> UploadedFile:
    """Copy the file to the uploads folder and hash it, so that the imported bytes are the hashed ones."""
    digest, size = hashlib.sha256(), 0
    try:
        with file.open("rb") as source, path.open("wb") as target:
            check_readable(file, file.name)
            while block := source.read(BLOCK_BYTES):
                size += len(block)
                if size > max_bytes:
                    detail = f"The file is larger than {max_bytes} bytes ({limit_setting('upload_bytes')})"
                    raise TooLarge("file-too-large", detail)
                digest.update(block)
                target.write(block)
                bar.show_copied(size)
    except OSError as error:
        raise CliError(f"{error.filename or file}: {error.strerror}") from None
    return UploadedFile(path, file.name[:255], size, digest.hexdigest())


def _run_job(service: Service, job_id: UUID, bar: _ImportProgress) -> None:
    """Run the job with as many attempts as a worker would make. Raises CliError if its turn does not come."""
    for attempt in range(1, job_writes.MAX_ATTEMPTS + 1):
        try:
            service.jobs.run(job_id, bar.show_imported, TURN_SECONDS)
            break
        except JobMustWait:
            detail = (
                f"Imports of this dataset that were accepted earlier have not ended within {TURN_SECONDS} seconds"
            )
            raise CliError(f"{detail}; start `rowledger worker`, or cancel them, and try again") from None
        except Exception:
            if attempt == job_writes.MAX_ATTEMPTS:
                raise


@contextmanager
def _cancel_if_interrupted(service: Service, accepted: AcceptedImport) -> Iterator[None]:
    """Cancel the job if the block fails: after Ctrl-C no other process would continue it."""
    try:
        yield
    except BaseException:
        with suppress(Conflict), service.pool.connection() as connection:
            service.jobs.cancel(connection, NullQueue(), LOCAL_ACCESS, accepted.job_id)
            service.jobs.clear_ended(accepted.job_id)
        raise


def _read_result(service: Service, job_id: UUID) -> Mapping[str, Any]:
    """The job's result. Raises CliError with the job's error if it failed."""
    with service.pool.connection() as connection, connection.cursor() as cursor:
        outcome = job_reads.find_outcome(cursor, job_id)
    if outcome.state is not JobState.SUCCEEDED or outcome.result is None:
        raise CliError(outcome.error["detail"] if outcome.error else f"The import is {outcome.state}")
    return outcome.result


def _print_result(accepted: AcceptedImport, result: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        output.print_json({**result, "slug": accepted.slug})
        return
    rows = result["rows"]
    summary = ", ".join(f"{count:,} {what}" for what, count in result["summary"].items() if count)
    if result["dry_run"]:
        typer.echo(f"Nothing was stored. The import would change: {summary or 'nothing'}")
    else:
        typer.echo(f"Dataset {accepted.slug} ({accepted.dataset_id})")
    typer.echo(f"{output.format_count(rows['accepted'], 'row')} accepted, {rows['rejected']:,} rejected")
    if result["mode"] != "create" and not result["dry_run"]:
        typer.echo(f"Version {result['version']}: {summary}" if result["import"] else "Nothing new")


def _file_size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError as error:
        raise CliError(f"{file}: {error.strerror}") from None


@contextmanager
def _progress_bar(total: int) -> Iterator[_ImportProgress]:
    console = output.message_console()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[rows]}"),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        yield _ImportProgress(progress, progress.add_task("Copying", total=total, rows=""))
