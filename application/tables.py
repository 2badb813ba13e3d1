"""The tables of the write side: the log, its chunks, jobs, uploads, and what must be unique in a workspace.

`slugs` and `file_claims` are about all datasets of a workspace. They are small, so they fit on one node.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import BYTEA, JSONB, UUID

metadata = sa.MetaData()

events = sa.Table(
    "events",
    metadata,
    sa.Column("originator_id", UUID, primary_key=True, comment="the stream: of a dataset its id"),
    sa.Column("originator_version", sa.BigInteger, primary_key=True, comment="the stream's version"),
    sa.Column("topic", sa.Text, comment="the event's stored name"),
    sa.Column("state", BYTEA, comment="header, metadata and body as UTF-8 JSON"),
    sa.Column("notification_id", sa.BigInteger, sa.Identity(), nullable=False, comment="the position"),
    sa.Index("events_notification_id_idx", "notification_id", unique=True),
)

chunks = sa.Table(
    "chunks",
    metadata,
    sa.Column("dataset_id", UUID, primary_key=True),
    sa.Column("sha256", BYTEA, primary_key=True, comment="of the unpacked payload"),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("payload", BYTEA, nullable=False, comment="zstd of a JSON array of rows"),
)

chunk_references = sa.Table(
    "chunk_references",
    metadata,
    sa.Column("dataset_id", UUID, primary_key=True),
    sa.Column("sha256", BYTEA, primary_key=True, comment="the chunk"),
    sa.Column("version", sa.BigInteger, primary_key=True, comment="of the event that refers to it"),
)

slugs = sa.Table(
    "slugs",
    metadata,
    sa.Column("workspace", sa.Text, primary_key=True),
    sa.Column("slug", sa.Text, primary_key=True),
    sa.Column("dataset_id", UUID, nullable=False),
)

file_claims = sa.Table(
    "file_claims",
    metadata,
    sa.Column("workspace", sa.Text, primary_key=True),
    sa.Column(
        "target", sa.Text, primary_key=True, comment="'new', or a dataset and a mode; and a digest of the options"
    ),
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("dataset_id", UUID, nullable=False),
    sa.Column("import_id", UUID, nullable=False),
    sa.Column("filename", sa.Text, nullable=False),
    sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Index("file_claims_dataset_id_idx", "dataset_id"),
)

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("job_id", UUID, primary_key=True),
    sa.Column("workspace", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("correlation_id", sa.Text, nullable=False),
    sa.Column("dataset_id", UUID, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="queued"),
    sa.Column("attempt", sa.Integer, nullable=False, server_default="0"),
    sa.Column("arguments", JSONB, nullable=False),
    sa.Column("rows", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("bytes", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("total_bytes", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("total_rows", sa.BigInteger, comment="null where progress is told by bytes"),
    sa.Column("result", JSONB),
    sa.Column("error", JSONB),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("started_at", sa.DateTime(timezone=True)),
    sa.Column("finished_at", sa.DateTime(timezone=True)),
    sa.Column(
        "remains",
        sa.Boolean,
        nullable=False,
        server_default="false",
        comment="cancelled at work: what it wrote is still to be removed",
    ),
    sa.Column(
        "sequence_number", sa.BigInteger, comment="ascends in the order of acceptance; null: may run at any time"
    ),
    sa.CheckConstraint("state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')", name="jobs_state"),
    sa.Index("jobs_dataset_id_idx", "dataset_id"),
    sa.Index("jobs_workspace_created_at_idx", "workspace", "created_at", "job_id"),
    sa.Index(
        "jobs_unfinished_idx",
        "dataset_id",
        "sequence_number",
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    ),
)

uploads = sa.Table(
    "uploads",
    metadata,
    sa.Column("upload_id", UUID, primary_key=True),
    sa.Column("workspace", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("length", sa.BigInteger, comment="in bytes; null while the client has not said"),
    sa.Column("received", sa.BigInteger, nullable=False, server_default="0", comment="bytes in the file for good"),
    sa.Column("metadata", sa.Text, nullable=False, server_default="", comment="the Upload-Metadata header as given"),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    sa.Index("uploads_expires_at_idx", "expires_at"),
)

idempotency = sa.Table(
    "idempotency",
    metadata,
    sa.Column("workspace", sa.Text, primary_key=True),
    sa.Column("actor", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column(
        "claim",
        UUID,
        nullable=False,
        comment="the attempt that may act for the key; another takes over by changing it",
    ),
    sa.Column("holder", sa.BigInteger, comment="advisory lock of the process at work; null: none is"),
    sa.Column("request", BYTEA, nullable=False, comment="SHA-256 of method, path and query"),
    sa.Column("body", BYTEA, comment="SHA-256 of the bytes that were read of the body"),
    sa.Column("body_bytes", sa.BigInteger),
    sa.Column("body_whole", sa.Boolean, comment="whether the body ended there"),
    sa.Column("dataset_id", UUID),
    sa.Column("version", sa.BigInteger, comment="of the dataset: what was appended"),
    sa.Column("job_id", UUID),
    sa.Column("status", sa.Integer, comment="null: not answered yet"),
    sa.Column("headers", JSONB),
    sa.Column("content", BYTEA, comment="null: too large to keep"),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    sa.Index("idempotency_claim_idx", "claim", unique=True),
    sa.Index("idempotency_expires_at_idx", "expires_at"),
)

follower_positions = sa.Table(
    "follower_positions",
    metadata,
    sa.Column("application_name", sa.Text, primary_key=True, comment="the follower"),
    sa.Column("notification_id", sa.BigInteger, nullable=False, comment="position of the last event applied"),
)

follower_failures = sa.Table(
    "follower_failures",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("stream_id", UUID, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("error", sa.Text, nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
)
