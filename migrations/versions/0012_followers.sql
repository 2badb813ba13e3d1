-- How far each follower of the log is, why one has stopped, and the first of them: the audit.

CREATE TABLE follower_positions (
    application_name TEXT NOT NULL,
    notification_id BIGINT NOT NULL,
    PRIMARY KEY (application_name)
);

COMMENT ON COLUMN follower_positions.application_name IS 'the follower';
COMMENT ON COLUMN follower_positions.notification_id IS 'position of the last event applied';

CREATE TABLE follower_failures (
    name TEXT NOT NULL,
    position BIGINT NOT NULL,
    stream_id UUID NOT NULL,
    version BIGINT NOT NULL,
    type TEXT NOT NULL,
    error TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE audit (
    workspace TEXT NOT NULL,
    position BIGINT NOT NULL,
    stream_id UUID NOT NULL,
    dataset_id UUID,
    version BIGINT NOT NULL,
    type TEXT NOT NULL,
    actor TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    added BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    removed BIGINT NOT NULL,
    comment TEXT,
    correlation_id TEXT NOT NULL,
    PRIMARY KEY (workspace, position)
);

CREATE INDEX audit_workspace_actor_idx ON audit (workspace, actor, position);
CREATE INDEX audit_workspace_dataset_id_idx ON audit (workspace, dataset_id, position);
CREATE INDEX audit_workspace_at_idx ON audit (workspace, at);
CREATE INDEX audit_stream_id_idx ON audit (stream_id);

COMMENT ON COLUMN audit.dataset_id IS 'null for events of other things than datasets';
