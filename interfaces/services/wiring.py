"""The composition root: builds all objects and connects them."""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields
from functools import partial
from typing import assert_never
from uuid import UUID

import migrations
from application.columns.change_columns import ColumnChangeTools
from application.columns.source_texts import SourceTextTools
from application.commands.bus import CommandBus
from application.commands.envelope import CommandContext
from application.commands.handler import CommandHandler
from application.commands.idempotency.idempotency_claims import IdempotencyClaim
from application.exports.exporter import Exporter
from application.imports.import_context import ImportTools
from application.imports.importer import Importer
from application.imports.source_files import Blobs
from application.jobs.kinds import JobKind, JobKindName
from application.jobs.life_cycle import JobLifeCycle
from application.log import chunks
from application.log.announcer import LogAnnouncer
from application.log.codec import EventCodec
from application.log.event_store import EventStore
from application.log.followed_log import FollowedLog
from application.log.follower import Follower
from application.settings import Settings
from domain.dataset.events import ChunkRef, RecordsImported
from interfaces.formats.column_notations import ColumnNotations
from interfaces.formats.registry import FileFormats
from interfaces.formats.source import SourceLimits
from interfaces.services import database
from interfaces.services.authentication import (
    LOCAL_ACCESS,
    LOCAL_AUTHENTICATOR,
    Authenticator,
    access_of_job,
)
from interfaces.services.database import SyncPool
from interfaces.services.embedded import embedded_postgres
from interfaces.services.embedded.account import EmbeddedServerError
from interfaces.services.exports.job_writer import ExportJobWriter
from interfaces.services.files.blob_store import BlobStore
from interfaces.services.files.source_copies import copy_source
from interfaces.services.job_queue import JobQueue
from interfaces.services.query_limits import query_limits
from projections.changes.column_rewrite import SqlColumnRewrite
from projections.changes.source_texts import SqlSourceTexts
from projections.inline import InlineReadModels, SqlFileMerge, SqlRecordTables
from projections.models import registry
from projections.models.read_model import ProjectionContext, ReadChunk, ReadModel
from projections.models.registry import READ_MODELS
from projections.shadow_models import RebuildSource

POOL_SIZE = 16

WATCH_SECONDS = 2.0
"""How often a process checks that the embedded server still runs."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Service:
    """Everything an interface needs; `conninfo` connects to a migrated database."""

    settings: Settings
    conninfo: str
    pool: SyncPool
    store: EventStore
    models: InlineReadModels
    handler: CommandHandler
    columns: ColumnChangeTools
    jobs: JobLifeCycle
    queue: JobQueue
    blobs: Blobs
    followers: Sequence[Follower]
    announcer: LogAnnouncer
    authenticator: Authenticator

    def source(self) -> RebuildSource:
        """The source from which read models are rebuilt."""
        return RebuildSource(
            partial(database.connect_unpooled, self.conninfo),
            self.store.stream,
            self.models.read_chunk,
            FollowedLog(self.store),
        )

    def command_bus(self) -> CommandBus:
        """A new command bus; the caller closes it."""
        return CommandBus(self.handler, lambda: database.transaction(self.pool), self.announcer.announce)


@contextmanager
def open_database(settings: Settings) -> Iterator[str]:
    """The connection string of the database: from the settings, or of the embedded server, started or joined."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    with embedded_postgres.start(settings.data) as server, _keep_server_running(server):
        yield server.conninfo


@contextmanager
def _keep_server_running(server: embedded_postgres.EmbeddedServer) -> Iterator[None]:
    """Restart the server if it dies while the block runs."""
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(WATCH_SECONDS):
            try:
                server.revive()
            except (EmbeddedServerError, OSError) as error:
                _log.error("the embedded PostgreSQL could not be restarted: %s", error)

    watcher = threading.Thread(target=watch, name="database-watch", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stop.set()
        watcher.join()


@contextmanager
def open_service(settings: Settings) -> Iterator[Service]:
    """The service on the settings' database, migrated to the newest schema."""
    with open_database(settings) as conninfo, build_service(settings, conninfo) as connected_service:
        yield connected_service


@contextmanager
def build_service(
    settings: Settings, conninfo: str, authenticator: Authenticator = LOCAL_AUTHENTICATOR
) -> Iterator[Service]:
    """The service on this database; the authenticator finds out who sends a request."""
    conninfo = database.session_conninfo(conninfo)
    migrations.upgrade(conninfo)
    settings.uploads.mkdir(parents=True, exist_ok=True)
    settings.resumable.mkdir(parents=True, exist_ok=True)
    settings.scratch.mkdir(parents=True, exist_ok=True)
    settings.exports.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        pool = database.create_sync_pool(conninfo, POOL_SIZE)
        stack.callback(pool.close)
        store = EventStore(conninfo, EventCodec())
        stack.callback(store.close)
        models = InlineReadModels(_chunk_reader(pool))
        handler = CommandHandler(store, models)
        blobs = BlobStore(settings.blobs)
        files = FileFormats(settings.scratch, file_limits(settings))
        limits = settings.limits
        reading = (models, SqlRecordTables(), SqlFileMerge())
        tools = ImportTools(pool.connection, handler, *reading, blobs, access_of_job, limits.columns, limits.rejects)
        importer = Importer(tools, files)
        notations = ColumnNotations(settings.scratch)
        sources = SourceTextTools(
            SqlSourceTexts(),
            models,
            files,
            partial(copy_source, blobs, settings.scratch),
            partial(_read_import, store),
            models.read_chunk,
        )
        columns = ColumnChangeTools(
            pool.connection, handler, models, SqlColumnRewrite(), notations, sources, limits.columns
        )
        writer = ExportJobWriter(conninfo, query_limits(settings), settings.scratch)
        exporter = Exporter(pool.connection, writer, access_of_job, settings.exports)

        def find_kind(name: JobKindName) -> JobKind:
            match name:
                case JobKindName.IMPORT:
                    return importer
                case JobKindName.EXPORT:
                    return exporter
                case _:
                    assert_never(name)

        jobs = JobLifeCycle(pool.connection, find_kind)
        queue = JobQueue(conninfo, jobs.run, jobs.find_lost)
        announcer = LogAnnouncer(pool.connection)
        stack.enter_context(announcer.running())
        followers = [_make_follower(model, models.read_chunk) for model in registry.followers(READ_MODELS)]
        yield Service(
            settings,
            conninfo,
            pool,
            store,
            models,
            handler,
            columns,
            jobs,
            queue,
            blobs,
            followers,
            announcer,
            authenticator,
        )


def _read_import(store: EventStore, dataset_id: UUID, version: int) -> RecordsImported:
    (recorded,) = store.stream(dataset_id, version - 1, version)
    assert isinstance(recorded.event, RecordsImported)
    return recorded.event


def _make_follower(model: ReadModel, read_chunk: ReadChunk) -> Follower:
    context = ProjectionContext(read_chunk)
    return Follower(model.name, lambda cursor, events: model.apply(cursor, events, context))


def file_limits(settings: Settings) -> SourceLimits:
    """The limits for reading files."""
    return SourceLimits(**{limit.name: getattr(settings.limits, limit.name) for limit in fields(SourceLimits)})


def local_context(
    correlation_id: str, idempotency_key: str | None = None, claim: IdempotencyClaim | None = None
) -> CommandContext:
    """The context of a command sent on this machine."""
    return CommandContext(LOCAL_ACCESS, correlation_id, idempotency_key, claim)


def _chunk_reader(pool: SyncPool) -> ReadChunk:
    def read_chunk(dataset_id: UUID, chunk: ChunkRef) -> bytes:
        with pool.connection() as connection, connection.cursor() as cursor:
            return chunks.read_lines(cursor, dataset_id, chunk)

    return read_chunk
