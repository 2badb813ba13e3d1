"""The files of export jobs: asks the read side for what the job pinned, and writes it."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from psycopg import AsyncConnection

from application.exports.export_job import ExportedFile, ExportProgress, ExportRequest
from domain.access.access import Access
from interfaces.services.exports import export_stream
from projections.query import snapshots
from projections.query.compiled import QueryLimits, QuerySpec, compile_query
from projections.query.exports import ExportSelection


@dataclass(frozen=True, slots=True)
class ExportJobWriter:
    """Writes files from the database at `conninfo`; `scratch` is the folder for what does not fit into memory."""

    conninfo: str
    limits: QueryLimits
    scratch: Path

    def __call__(self, access: Access, wish: ExportRequest, path: Path, watch: ExportProgress) -> ExportedFile:
        """Raises Gone or NotFound where the dataset is no longer there, and the refusals of the file's writer."""
        return asyncio.run(self._write(access, wish, path, watch))

    async def _write(self, access: Access, wish: ExportRequest, path: Path, watch: ExportProgress) -> ExportedFile:
        async with await AsyncConnection.connect(self.conninfo, autocommit=True) as connection:
            snapshot = await snapshots.find(connection, access, str(wish.dataset_id), str(wish.version))
            question = compile_query(snapshot.definition, QuerySpec(**wish.question), self.limits)
            columns = tuple(snapshot.definition.column(name, "fields") for name in wish.fields)
            selection = ExportSelection(snapshot, question, columns)
            return await export_stream.write_export(connection, selection, wish.options, self.scratch, path, watch)
