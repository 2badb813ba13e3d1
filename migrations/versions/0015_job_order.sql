-- The order of the jobs that change a dataset. A job begins when no job of its dataset with a lower number is
-- unfinished. Imports that wait or run when the database is migrated are numbered as they were accepted.

ALTER TABLE jobs ADD COLUMN sequence_number BIGINT;

COMMENT ON COLUMN jobs.sequence_number IS 'ascends in the order of acceptance; null: may run at any time';

CREATE SEQUENCE jobs_sequence_number_seq OWNED BY jobs.sequence_number;

UPDATE jobs SET sequence_number = numbered.number
FROM (SELECT job_id, row_number() OVER (ORDER BY created_at, job_id) AS number FROM jobs
      WHERE kind = 'import' AND state IN ('queued', 'running')) AS numbered
WHERE jobs.job_id = numbered.job_id;

SELECT setval('jobs_sequence_number_seq', (SELECT coalesce(max(sequence_number), 0) FROM jobs) + 1);

CREATE INDEX jobs_unfinished_idx ON jobs (dataset_id, sequence_number) WHERE state IN ('queued', 'running');

COMMENT ON COLUMN file_claims.target IS '''new'', or a dataset and a mode; and a digest of the options';
