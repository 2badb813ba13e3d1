"""Finds the texts that the source files of imports have for current values.

A value comes from an import if nothing has changed it since, except changes of its column's type. The kept file is
read again with the options of the import, as if the column had been declared as text. Lines tell which row is whose.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import orjson
from psycopg import Cursor

from application.imports import import_options
from application.imports.file_format import FileOpener, FileOptions, OpenFile, RequestedType, Table, TypeGuessFailed
from application.imports.source_files import BlobNotFound
from application.imports.source_lines import LineRuns
from application.ports import Loader, ReadModels
from domain.columns import ColumnType
from domain.dataset.columns.column_plan import Retype
from domain.dataset.columns.value_conversion import file_may_know_text
from domain.dataset.events import ChunkRef, RecordsImported
from domain.errors import Refusal
from domain.schema import Definition

RowRun = tuple[int, int, int]
"""The id of a record, the row of the file that it came from, and the number of records and rows that follow alike."""


class SourceTextTables(Protocol):
    """The temporary tables in which the texts are matched with records."""

    def find_origins(self, cursor: "Cursor[Any]", dataset_id: UUID, positions: Sequence[int]) -> Sequence[int]:
        """Find the import that each current value at `positions` comes from; returns the versions of the imports."""

    def receive_rows(self, cursor: "Cursor[Any]") -> Loader:
        """A bulk copy for the rows of a file: a number and a JSON array of texts in each line, divided by a tab."""

    def match_rows(
        self, cursor: "Cursor[Any]", version: int, positions: Sequence[int], runs: Iterator[RowRun]
    ) -> None:
        """Give the values that come from the import of `version` the received texts, in the order of `positions`."""


@dataclass(frozen=True, slots=True)
class SourceTextTools:
    """What is needed to read the source files of imports. `copy_source` opens a local copy of the file with a SHA-256
    (hex), or raises BlobNotFound."""

    tables: SourceTextTables
    models: ReadModels
    files: FileOpener
    copy_source: Callable[[str], AbstractContextManager[Path]]
    read_import: Callable[[UUID, int], RecordsImported]
    read_chunk: Callable[[UUID, ChunkRef], bytes]


def find_source_texts(
    tools: SourceTextTools, cursor: "Cursor[Any]", dataset_id: UUID, retyped: Sequence[Retype]
) -> None:
    """Store the texts for the columns that need them. An import whose file cannot be read again gives none."""
    wanted = (retype for retype in retyped if file_may_know_text(retype.before.type, retype.after.type))
    positions = [retype.before.position for retype in wanted]
    for version in tools.tables.find_origins(cursor, dataset_id, positions) if positions else ():
        imported = tools.read_import(dataset_id, version)
        before = tools.models.find_definition(cursor, dataset_id, version - 1)
        during = tools.models.find_definition(cursor, dataset_id, version)
        if imported.options is not None and during is not None:
            source = _Source(tools, cursor, dataset_id, version, imported, before, during)
            source.read(positions)


@dataclass(frozen=True, slots=True)
class _Source:
    """The file of one import. `before` and `during` are the definitions before and with its version."""

    tools: SourceTextTools
    cursor: "Cursor[Any]"
    dataset_id: UUID
    version: int
    imported: RecordsImported
    before: Definition | None
    during: Definition

    def read(self, positions: Sequence[int]) -> None:
        """Give the values of these columns their texts."""
        names = {column.position: column.name for column in self.during.columns}
        wanted = {at: names[at] for at in positions if names.get(at) in self.imported.columns}
        if not wanted:
            return
        options = self._make_options(list(wanted.values()))
        source = self.imported.source
        try:
            with (
                self.cursor.connection.transaction(),
                self.tools.copy_source(source.sha256) as path,
                self.tools.files.open(path, source.filename, options) as file,
            ):
                lines, total = self._read_file(file, list(wanted.values()))
        except (BlobNotFound, _OtherLayout, TypeGuessFailed, Refusal):
            return
        self.tools.tables.match_rows(self.cursor, self.version, list(wanted), self._match(lines, total))

    def _make_options(self, wanted: Sequence[str]) -> FileOptions:
        """The options of the import, but with text in place of types and words for null."""
        assert self.imported.options is not None
        options = import_options.parse_import_options(self.imported.options)
        known = options.known_names if self.before is None else self.before.names
        types = _request_types(str(self.imported.found.get("format")), self.imported.columns, wanted)
        return replace(options, columns=types, null_values=None, error_cells=None, known_names=known)

    def _read_file(self, file: OpenFile, wanted: Sequence[str]) -> tuple[LineRuns, int]:
        """Receive the texts of the file; returns the lines of its rows, and their number."""
        table = self._describe(file)
        indexes = [list(self.imported.columns).index(name) for name in wanted]
        lines, total = LineRuns(), 0
        with self.tools.tables.receive_rows(self.cursor) as copy:
            for block in file.rows(table):
                lines.add(block.runs)
                if block.count:
                    rows = orjson.loads(b"[" + block.lines.rstrip(b"\n").replace(b"\n", b",") + b"]")
                    copy.write(_encode_rows(rows, indexes, total))
                    total += block.count
        return lines, total

    def _describe(self, file: OpenFile) -> Table:
        table: Table = file.describe(exhaustive=True)
        if tuple(column.name for column in table.columns) != self.imported.columns:
            raise _OtherLayout
        return table

    def _match(self, lines: LineRuns, total: int) -> Iterator[RowRun]:
        """The rows of the records that the import added or changed."""
        imported, first = self.imported, self.imported.first_id
        if not imported.rejected and imported.added == imported.rows_read == total:
            yield first, 0, total
            return
        if not lines.is_ascending:
            return
        starts = [*self._read_new_lines(), (imported.added, 0)]
        for (row, line), (end, _) in pairwise(starts):
            for offset, file_row, count in lines.find_rows(line, end - row, total):
                yield first + row + offset, file_row, count
        for id, line in self._read_changed_lines():
            for _, file_row, count in lines.find_rows(line, 1, total):
                yield id, file_row, count

    def _read_new_lines(self) -> Iterator[tuple[int, int]]:
        for chunk in self.imported.line_chunks:
            for text in self.tools.read_chunk(self.dataset_id, chunk).split(b"\n")[:-1]:
                row, line = orjson.loads(text)
                yield row, line

    def _read_changed_lines(self) -> Iterator[tuple[int, int]]:
        for chunk in self.imported.change_chunks:
            for text in self.tools.read_chunk(self.dataset_id, chunk).split(b"\n")[:-1]:
                id, _, *line = orjson.loads(text)
                if line and line[0] is not None:
                    yield id, line[0]


class _OtherLayout(Exception):
    """The file has other columns now than it had for the import."""


def _request_types(format: str, names: Sequence[str], wanted: Sequence[str]) -> Mapping[str, RequestedType]:
    """Text for the wanted columns. The others get a type that all their values have, as far as the format has one."""
    types: dict[str, RequestedType] = {}
    match format:
        case "csv" | "xlsx" | "xls" | "xlsb" | "ods":
            types = dict.fromkeys(names, RequestedType(ColumnType.STRING))
        case "json" | "ndjson":
            types = dict.fromkeys(names, RequestedType(ColumnType.JSON))
    return types | dict.fromkeys(wanted, RequestedType(ColumnType.STRING))


def _encode_rows(rows: Sequence[Sequence[Any]], indexes: Sequence[int], first: int) -> bytes:
    """Lines for the bulk copy. Its format escapes backslashes; JSON contains no other character that it would."""
    texts = (orjson.dumps([row[at] for at in indexes]).replace(b"\\", b"\\\\") for row in rows)
    return b"".join(b"%d\t%b\n" % (first + at, text) for at, text in enumerate(texts))
