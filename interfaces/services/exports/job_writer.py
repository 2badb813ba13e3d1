"""Writes the files of export jobs from the version and query stored with the job."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from psycopg import AsyncConnection

from application.exports.export_job import ExportedFile, ExportProgress, ExportRequest
from application.jobs.job_store.job_lists import find_unfinished
from domain.access.access import Access
from interfaces.services.exports import export_stream
from projections.query import snapshots
from projections.query.compiled import QueryLimits, QuerySpec, compile_query
from projections.query.exports.export_rows import ExportSelection


@dataclass(frozen=True, slots=True)
class ExportJobWriter:
    """Writes files from the database at `conninfo`; `scratch` is the folder for temporary files."""

    conninfo: str
    limits: QueryLimits
    scratch: Path

    def __call__(
        self, access: Access, export_request: ExportRequest, path: Path, watch: ExportProgress
    ) -> ExportedFile:
        """Write the file. Raises Gone or NotFound if the dataset no longer exists, and the file writer's refusals."""
        return asyncio.run(self._write(access, export_request, path, watch))

    async def _write(
        self, access: Access, export_request: ExportRequest, path: Path, watch: ExportProgress
    ) -> ExportedFile:
        async with await AsyncConnection.connect(self.conninfo, autocommit=True) as connection:
            dataset, version = str(export_request.dataset_id), str(export_request.version)
            snapshot = await snapshots.find(connection, access, dataset, version, find_job=find_unfinished)
            query = compile_query(snapshot.definition, QuerySpec(**export_request.query), self.limits)
            columns = tuple(snapshot.definition.column(name, "fields") for name in export_request.fields)
            selection = ExportSelection(snapshot, query, columns)
            return await export_stream.write_export(
                connection, selection, export_request.options, self.scratch, path, watch
            )
