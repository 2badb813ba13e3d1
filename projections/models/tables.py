"""The fixed read tables. All except `record_indexes`, which counts queries, can be rebuilt from the log.

The record tables are not here: each dataset has its own in the schema `records` (see `records.py`).
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION, JSONB, UUID

metadata = sa.MetaData()

datasets = sa.Table(
    "datasets",
    metadata,
    sa.Column("dataset_id", UUID, primary_key=True),
    sa.Column("workspace", sa.Text, nullable=False),
    sa.Column("slug", sa.Text, nullable=False),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("definition", JSONB, nullable=False, comment="name, description, columns, key"),
    sa.Column("definition_version", sa.BigInteger, nullable=False, comment="version that last changed it"),
    sa.Column("next_id", sa.BigInteger, nullable=False),
    sa.Column("records", sa.BigInteger, nullable=False, comment="current records"),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("deleted_at", sa.DateTime(timezone=True)),
    sa.Index("datasets_workspace_slug_idx", "workspace", "slug"),
)

versions = sa.Table(
    "versions",
    metadata,
    sa.Column("dataset_id", UUID, primary_key=True),
    sa.Column("version", sa.BigInteger, primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("correlation_id", sa.Text, nullable=False),
    sa.Column("added", sa.BigInteger, nullable=False),
    sa.Column("changed", sa.BigInteger, nullable=False),
    sa.Column("removed", sa.BigInteger, nullable=False),
    sa.Column("import_id", UUID),
    sa.Column("comment", sa.Text),
    sa.Column("definition", JSONB, comment="the new definition, where this version changed it"),
    sa.Index("versions_dataset_id_at_idx", "dataset_id", "at"),
    sa.Index(
        "versions_definition_idx",
        "dataset_id",
        "version",
        postgresql_where=sa.text("definition IS NOT NULL"),
    ),
)

imports = sa.Table(
    "imports",
    metadata,
    sa.Column("dataset_id", UUID, primary_key=True),
    sa.Column("import_id", UUID, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("job_id", UUID, nullable=False),
    sa.Column("mode", sa.Text, nullable=False),
    sa.Column("filename", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("options", JSONB, nullable=False, comment="what was found: delimiter, header, …"),
    sa.Column("notes", JSONB, nullable=False),
    sa.Column("rows_read", sa.BigInteger, nullable=False),
    sa.Column("accepted", sa.BigInteger, nullable=False),
    sa.Column("rejected", sa.BigInteger, nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("added", sa.BigInteger, nullable=False),
    sa.Column("changed", sa.BigInteger, nullable=False),
    sa.Column("removed", sa.BigInteger, nullable=False),
    sa.Column("unchanged", sa.BigInteger, nullable=False),
    sa.Column("columns", JSONB, nullable=False, comment="the names of the file's columns"),
)

rejects = sa.Table(
    "rejects",
    metadata,
    sa.Column("dataset_id", UUID, primary_key=True),
    sa.Column("import_id", UUID, primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True),
    sa.Column("line", sa.BigInteger, nullable=False, comment="1-based line of the file"),
    sa.Column("column", sa.Text),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("raw", sa.Text),
    sa.Column("cells", JSONB, comment="the row's cells as the file writes them"),
)

record_indexes = sa.Table(
    "record_indexes",
    metadata,
    sa.Column("dataset_id", UUID, primary_key=True),
    sa.Column("spec", sa.Text, primary_key=True, comment="kind and parts as JSON"),
    sa.Column("name", sa.Text, nullable=False, comment="in the schema records"),
    sa.Column("uses", sa.BigInteger, nullable=False),
    sa.Column("score", DOUBLE_PRECISION, nullable=False, comment="uses, each counting half as much every three days"),
    sa.Column("first_used", sa.DateTime(timezone=True), nullable=False),
    sa.Column("last_used", sa.DateTime(timezone=True), nullable=False),
    sa.Column("built_at", sa.DateTime(timezone=True)),
    sa.Column("seconds", DOUBLE_PRECISION, comment="that the build took"),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    sa.Column("failure", sa.Text, comment="why it is not there, for people"),
    sa.Column("retry_at", sa.DateTime(timezone=True), comment="not built before"),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("workspace", sa.Text, primary_key=True),
    sa.Column("position", sa.BigInteger, primary_key=True),
    sa.Column("stream_id", UUID, nullable=False),
    sa.Column("dataset_id", UUID, comment="null for events of other things than datasets"),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("added", sa.BigInteger, nullable=False),
    sa.Column("changed", sa.BigInteger, nullable=False),
    sa.Column("removed", sa.BigInteger, nullable=False),
    sa.Column("comment", sa.Text),
    sa.Column("correlation_id", sa.Text, nullable=False),
    sa.Index("audit_workspace_actor_idx", "workspace", "actor", "position"),
    sa.Index("audit_workspace_dataset_id_idx", "workspace", "dataset_id", "position"),
    sa.Index("audit_workspace_at_idx", "workspace", "at"),
    sa.Index("audit_stream_id_idx", "stream_id"),
)
