-- Both keys cover the first 100 characters: at most 400 bytes of an index row, which holds 2,704.

CREATE FUNCTION rowledger_sort_ci(given text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN left(rowledger_folded(left(given, 100)), 100);

-- Each number is preceded by its length, so that a shorter one comes first: z2 is z0012, z12 is z00212.
CREATE FUNCTION rowledger_sort_natural(given text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 300
    RETURN (
        SELECT CASE WHEN folded !~ '[0-9]' THEN folded ELSE (
            SELECT string_agg(
                CASE WHEN part[1] ~ '^[0-9]' THEN lpad(length(digits)::text, 3, '0') || digits ELSE part[1] END,
                '' ORDER BY number)
            FROM regexp_matches(folded, '[0-9]+|[^0-9]+', 'g') WITH ORDINALITY AS found(part, number),
                 coalesce(nullif(ltrim(part[1], '0'), ''), '0') AS digits
        ) END
        FROM rowledger_sort_ci(given) AS folded);
