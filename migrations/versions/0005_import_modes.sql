-- What an import came to, and the cells of what it rejected.

ALTER TABLE imports ADD COLUMN added BIGINT NOT NULL DEFAULT 0;
ALTER TABLE imports ADD COLUMN changed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE imports ADD COLUMN removed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE imports ADD COLUMN unchanged BIGINT NOT NULL DEFAULT 0;
ALTER TABLE imports ADD COLUMN columns JSONB NOT NULL DEFAULT '[]';

-- Until now every import made a dataset of its own: all of its records were new.
UPDATE imports SET added = accepted;

UPDATE imports SET columns = made.names
FROM (SELECT dataset_id, version, jsonb_path_query_array(definition, '$.columns[*].name') AS names
      FROM versions WHERE definition IS NOT NULL) AS made
WHERE imports.dataset_id = made.dataset_id AND imports.version = made.version;

ALTER TABLE imports ALTER COLUMN added DROP DEFAULT;
ALTER TABLE imports ALTER COLUMN changed DROP DEFAULT;
ALTER TABLE imports ALTER COLUMN removed DROP DEFAULT;
ALTER TABLE imports ALTER COLUMN unchanged DROP DEFAULT;
ALTER TABLE imports ALTER COLUMN columns DROP DEFAULT;

COMMENT ON COLUMN imports.columns IS 'the names of the file''s columns';

ALTER TABLE rejects ADD COLUMN cells JSONB;

COMMENT ON COLUMN rejects.cells IS 'the row''s cells as the file writes them';
