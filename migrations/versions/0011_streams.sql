-- An event's references to chunks are recorded when it is appended. A chunk without any is orphaned.

CREATE TABLE chunk_references (
    dataset_id UUID NOT NULL,
    sha256 BYTEA NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (dataset_id, sha256, version)
);

COMMENT ON COLUMN chunk_references.sha256 IS 'the chunk';
COMMENT ON COLUMN chunk_references.version IS 'of the event that refers to it';

-- The references of the events that are there. Only a SHA-256 that is one of the stream's chunks counts: events
-- also mention those of source files.
INSERT INTO chunk_references (dataset_id, sha256, version)
SELECT DISTINCT chunks.dataset_id, chunks.sha256, events.originator_version
FROM events
CROSS JOIN LATERAL regexp_matches(
    convert_from(events.state, 'UTF8'), '"sha256": ?"([0-9a-f]{64})"', 'g') AS mentioned (groups)
JOIN chunks ON chunks.dataset_id = events.originator_id AND chunks.sha256 = decode(mentioned.groups[1], 'hex')
WHERE position(convert_to('"sha256"', 'UTF8') IN events.state) > 0;

-- Streams are not only of datasets.
COMMENT ON COLUMN events.originator_id IS 'the stream: of a dataset its id';
COMMENT ON COLUMN events.originator_version IS 'the stream''s version';

CREATE OR REPLACE VIEW event_log AS
SELECT notification_id AS position,
       originator_id AS dataset_id,
       originator_version AS version,
       topic AS type,
       (opened.state #>> '{metadata,at}')::timestamptz AS at,
       opened.state #>> '{metadata,actor}' AS actor,
       opened.state -> 'metadata' AS metadata,
       opened.state -> 'body' AS body,
       originator_id AS stream_id
FROM events
CROSS JOIN LATERAL (SELECT convert_from(events.state, 'UTF8')::jsonb AS state) AS opened;

COMMENT ON COLUMN event_log.dataset_id IS 'the same as stream_id, which is the dataset where it is a dataset''s event';

-- Writers of a stream without a row to lock wait for each other until their transactions end.
CREATE FUNCTION lock_streams(ids uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE id uuid;
BEGIN
    FOREACH id IN ARRAY ids LOOP
        PERFORM pg_advisory_xact_lock(hashtextextended('stream ' || id::text, 0));
    END LOOP;
END $$;
