-- What was asked with each idempotency key, what was done for it, and what was answered.

CREATE TABLE idempotency (
    workspace TEXT NOT NULL,
    actor TEXT NOT NULL,
    key TEXT NOT NULL,
    claim UUID NOT NULL,
    holder BIGINT,
    request BYTEA NOT NULL,
    body BYTEA,
    body_bytes BIGINT,
    body_whole BOOLEAN,
    dataset_id UUID,
    version BIGINT,
    job_id UUID,
    status INTEGER,
    headers JSONB,
    content BYTEA,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (workspace, actor, key)
);

CREATE UNIQUE INDEX idempotency_claim_idx ON idempotency (claim);
CREATE INDEX idempotency_expires_at_idx ON idempotency (expires_at);

COMMENT ON COLUMN idempotency.claim IS 'the attempt that may act for the key; another takes over by changing it';
COMMENT ON COLUMN idempotency.holder IS 'advisory lock of the process at work; null: none is';
COMMENT ON COLUMN idempotency.request IS 'SHA-256 of method, path and query';
COMMENT ON COLUMN idempotency.body IS 'SHA-256 of the bytes that were read of the body';
COMMENT ON COLUMN idempotency.body_whole IS 'whether the body ended there';
COMMENT ON COLUMN idempotency.version IS 'of the dataset: what was appended';
COMMENT ON COLUMN idempotency.status IS 'null: not answered yet';
COMMENT ON COLUMN idempotency.content IS 'null: too large to keep';
