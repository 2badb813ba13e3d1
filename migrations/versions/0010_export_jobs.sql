-- An export knows how many rows it will write, and of how many bytes only at its end.

ALTER TABLE jobs ADD COLUMN total_rows BIGINT;

COMMENT ON COLUMN jobs.total_rows IS 'null where progress is told by bytes';
