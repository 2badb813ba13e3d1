"""Jobs can be cancelled, and listed newest first."""

from migrations.sql import run

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    run("""
        ALTER TABLE jobs ADD COLUMN remains BOOLEAN DEFAULT false NOT NULL;
        COMMENT ON COLUMN jobs.remains IS 'cancelled at work: what it wrote is still to be removed';
        CREATE INDEX jobs_workspace_created_at_idx ON jobs (workspace, created_at, job_id);
    """)
