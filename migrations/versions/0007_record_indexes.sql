-- The indexes that questions have wished for; whether one is there the database's own catalog says.

CREATE TABLE record_indexes (
    dataset_id UUID NOT NULL,
    spec TEXT NOT NULL,
    name TEXT NOT NULL,
    uses BIGINT NOT NULL,
    score DOUBLE PRECISION NOT NULL,
    first_used TIMESTAMP WITH TIME ZONE NOT NULL,
    last_used TIMESTAMP WITH TIME ZONE NOT NULL,
    built_at TIMESTAMP WITH TIME ZONE,
    seconds DOUBLE PRECISION,
    failures INTEGER DEFAULT '0' NOT NULL,
    failure TEXT,
    retry_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (dataset_id, spec)
);

COMMENT ON COLUMN record_indexes.spec IS 'kind and parts as JSON';
COMMENT ON COLUMN record_indexes.name IS 'in the schema records';
COMMENT ON COLUMN record_indexes.score IS 'uses, each counting half as much every three days';
COMMENT ON COLUMN record_indexes.seconds IS 'that the build took';
COMMENT ON COLUMN record_indexes.failure IS 'why it is not there, for people';
COMMENT ON COLUMN record_indexes.retry_at IS 'not built before';
