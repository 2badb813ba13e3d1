"""The files of export jobs: asks the read side for what the job pinned, and writes it."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from psycopg import AsyncConnection

from application.exports.export_job import ExportWish, Watch, Written
from interfaces.services.exports import export_stream
from projections.query import snapshots
from projections.query.compiled import Asked, AskLimits, ask
from projections.query.exports import Selection


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes files from the database at `conninfo`; `scratch` is the folder for what does not fit into memory."""

    conninfo: str
    workspace: str
    limits: AskLimits
    scratch: Path

    def __call__(self, wish: ExportWish, path: Path, watch: Watch) -> Written:
        """Raises Gone or NotFound where the dataset is no longer there, and the refusals of the file's writer."""
        return asyncio.run(self._write(wish, path, watch))

    async def _write(self, wish: ExportWish, path: Path, watch: Watch) -> Written:
        async with await AsyncConnection.connect(self.conninfo, autocommit=True) as connection:
            snapshot = await snapshots.find(connection, self.workspace, str(wish.dataset_id), str(wish.version))
            question = ask(snapshot.definition, Asked(**wish.question), self.limits)
            columns = tuple(snapshot.definition.column(name, "fields") for name in wish.fields)
            selection = Selection(snapshot, question, columns)
            return await export_stream.write(connection, selection, wish.options, self.scratch, path, watch)
