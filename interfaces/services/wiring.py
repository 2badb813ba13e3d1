"""The composition root: the one place that builds the objects and connects them."""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields
from functools import partial
from uuid import UUID

import migrations
from application.commands.bus import CommandBus
from application.commands.envelope import CommandContext
from application.commands.handler import CommandHandler
from application.commands.idempotency_claims import IdempotencyClaim
from application.exports import export_job
from application.exports.export_job import Exporter
from application.imports import acceptance
from application.imports.import_context import ImportTools
from application.imports.importer import Importer
from application.imports.source_files import Blobs
from application.jobs.kinds import JobKind, JobKinds
from application.log import chunks
from application.log.announcer import LogAnnouncer
from application.log.codec import EventCodec
from application.log.event_store import EventStore
from application.log.followed_log import FollowedLog
from application.log.follower import Follower
from application.settings import Settings
from domain.dataset.events import ChunkRef
from interfaces.formats.registry import FileFormats
from interfaces.formats.source import SourceLimits
from interfaces.services import database, embedded_postgres
from interfaces.services.blob_store import BlobStore
from interfaces.services.database import SyncPool
from interfaces.services.exports.job_writer import ExportJobWriter
from interfaces.services.job_queue import JobQueue
from interfaces.services.query_limits import query_limits
from projections.inline import InlineReadModels, SqlFileMerge, SqlRecordTables
from projections.models import registry
from projections.models.read_model import ProjectionContext, ReadChunk, ReadModel
from projections.models.registry import READ_MODELS
from projections.shadow_models import RebuildSource

WORKSPACE = "default"
ACTOR = "local"
"""Until accounts come there is one workspace and one actor."""

POOL_SIZE = 16

WATCH_SECONDS = 2.0
"""How often a process that uses the embedded server looks whether it is still there."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Service:
    """Everything an interface needs; `conninfo` leads to a migrated database."""

    settings: Settings
    conninfo: str
    pool: SyncPool
    store: EventStore
    models: InlineReadModels
    handler: CommandHandler
    importer: Importer
    kinds: JobKinds
    queue: JobQueue
    blobs: Blobs
    followers: Sequence[Follower]
    announcer: LogAnnouncer

    def source(self) -> RebuildSource:
        """What read models are rebuilt from."""
        return RebuildSource(
            partial(database.connect_unpooled, self.conninfo),
            self.store.stream,
            self.models.read_chunk,
            FollowedLog(self.store),
        )

    def command_bus(self) -> CommandBus:
        """A new bus; whoever takes it closes it."""
        return CommandBus(self.handler, lambda: database.transaction(self.pool), self.announcer.announce)


@contextmanager
def open_database(settings: Settings) -> Iterator[str]:
    """The connection string of the database: the one given, or the embedded server's, started or joined."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    with embedded_postgres.start(settings.data) as server, _keep_server_running(server):
        yield server.conninfo


@contextmanager
def _keep_server_running(server: embedded_postgres.EmbeddedServer) -> Iterator[None]:
    """While the block runs, a server that dies is started again."""
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(WATCH_SECONDS):
            try:
                server.revive()
            except (embedded_postgres.EmbeddedServerError, OSError) as error:
                _log.error("the embedded PostgreSQL does not come up again: %s", error)

    watcher = threading.Thread(target=watch, name="database-watch", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stop.set()
        watcher.join()


@contextmanager
def open_service(settings: Settings) -> Iterator[Service]:
    """The service on a database brought to the newest schema."""
    with open_database(settings) as conninfo, build_service(settings, conninfo) as connected_service:
        yield connected_service


@contextmanager
def build_service(settings: Settings, conninfo: str) -> Iterator[Service]:
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
        most = settings.limits
        tools = ImportTools(
            pool.connection, handler, models, SqlRecordTables(), SqlFileMerge(), blobs, most.columns, most.rejects
        )
        importer = Importer(tools, files)
        writer = ExportJobWriter(conninfo, WORKSPACE, query_limits(settings), settings.scratch)
        exporter = Exporter(pool.connection, writer, settings.exports)
        kinds = {
            acceptance.KIND: JobKind(importer.run, acceptance.withdraw, acceptance.remove),
            export_job.KIND: JobKind(exporter.run, export_job.withdraw, export_job.remove),
        }
        dispatching = JobKinds(pool.connection, kinds)
        queue = JobQueue(conninfo, dispatching.run)
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
            importer,
            dispatching,
            queue,
            blobs,
            followers,
            announcer,
        )


def _make_follower(model: ReadModel, read_chunk: ReadChunk) -> Follower:
    context = ProjectionContext(read_chunk)
    return Follower(model.name, lambda cursor, events: model.apply(cursor, events, context))


def file_limits(settings: Settings) -> SourceLimits:
    """Those of the limits that the readers of files keep."""
    return SourceLimits(**{limit.name: getattr(settings.limits, limit.name) for limit in fields(SourceLimits)})


def local_context(
    correlation_id: str, idempotency_key: str | None = None, claim: IdempotencyClaim | None = None
) -> CommandContext:
    return CommandContext(WORKSPACE, ACTOR, correlation_id, idempotency_key, claim)


def _chunk_reader(pool: SyncPool) -> ReadChunk:
    def read_chunk(dataset_id: UUID, chunk: ChunkRef) -> bytes:
        with pool.connection() as connection, connection.cursor() as cursor:
            return chunks.read_lines(cursor, dataset_id, chunk)

    return read_chunk
