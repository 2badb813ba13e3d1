-- Resumable uploads under way; their bytes lie in the data folder.

CREATE TABLE uploads (
    upload_id UUID NOT NULL,
    workspace TEXT NOT NULL,
    actor TEXT NOT NULL,
    length BIGINT,
    received BIGINT DEFAULT '0' NOT NULL,
    metadata TEXT DEFAULT '' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (upload_id)
);

CREATE INDEX uploads_expires_at_idx ON uploads (expires_at);

COMMENT ON COLUMN uploads.length IS 'in bytes; null while the client has not said';
COMMENT ON COLUMN uploads.received IS 'bytes in the file for good';
COMMENT ON COLUMN uploads.metadata IS 'the Upload-Metadata header as given';
