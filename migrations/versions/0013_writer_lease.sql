-- The advisory lock key of a dataset's writer lease. The module that holds the lease and the statement that locks
-- heads import nothing from each other; the database is what they share, so the expression is defined here, once.
-- PostgreSQL inlines the function.

CREATE FUNCTION writer_lease_key(dataset_id uuid) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN hashtextextended(dataset_id::text, 0);
