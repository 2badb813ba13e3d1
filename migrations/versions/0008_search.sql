-- A record's text as words and as trigrams, for searches.
--
-- The functions stand in expression indexes, so that none may fail, whatever it is given, nor look at a session's
-- settings or its search path. They are ours rather than the dictionaries of `unaccent`, which live in files that
-- change with the server: an index would then hold other words than the question.

-- The cells at these positions, a line each, nulls left out. What lies beyond 100,000 characters is not searched: a
-- tsvector has an end. The cells are unpacked once, not once a position.
CREATE FUNCTION rowledger_joined(cells jsonb, positions integer[]) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT COST 200 AS $$
DECLARE
    unpacked CONSTANT jsonb := cells || '[]'::jsonb;
    joined text := '';
    place integer;
BEGIN
    FOREACH place IN ARRAY positions LOOP
        joined := joined || coalesce((unpacked ->> place) || E'\n', '');
        IF octet_length(joined) > 100000 AND length(joined) > 100000 THEN
            RETURN left(joined, 100000);
        END IF;
    END LOOP;
    RETURN joined;
END $$;

-- Which characters are letters and what their lower case is must not depend on the database's locale: the first of
-- these collations that the server has decides.
DO $do$
DECLARE
    letters CONSTANT text := coalesce((
        SELECT quote_ident(collname) FROM pg_collation
        WHERE collnamespace = 'pg_catalog'::regnamespace
          AND collname IN ('pg_c_utf8', 'und-x-icu', 'C.utf8')
          AND collencoding IN (-1, pg_char_to_encoding(getdatabaseencoding()))
        ORDER BY array_position(ARRAY['pg_c_utf8', 'und-x-icu', 'C.utf8'], collname::text)
        LIMIT 1), '"default"');
BEGIN
    -- Without case, accents and invisible characters; letters that only look different are one.
    EXECUTE format($sql$
        CREATE FUNCTION rowledger_folded(given text) RETURNS text
            LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT COST 200 AS $body$
        DECLARE
            folded text;
        BEGIN
            IF octet_length(given) = length(given) THEN
                RETURN lower(given COLLATE "C");
            END IF;
            folded := regexp_replace(normalize(given, NFKD), '[\u0300-\u036f\u00ad\u200c\u200d\u2060\ufeff]+', '', 'g');
            folded := lower(folded COLLATE %1$s);
            IF folded ~ '[øðđħıłŋŧς٠-٩۰-۹०-९ßæœþ]' THEN
                folded := translate(folded, 'øðđħıłŋŧς٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९',
                    'oddhilntσ012345678901234567890123456789');
                folded := replace(replace(replace(replace(folded, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th');
            END IF;
            RETURN left(CASE WHEN octet_length(folded) = length(folded) THEN folded ELSE normalize(folded, NFC) END, 100000);
        END $body$
    $sql$, letters);

    -- Nothing but letters, digits and blanks, which PostgreSQL's parser takes for words as they stand; it would
    -- read an e-mail address, a path or a hyphen otherwise.
    EXECUTE format($sql$
        CREATE FUNCTION rowledger_spaced(folded text) RETURNS text
            LANGUAGE sql IMMUTABLE PARALLEL SAFE
            RETURN regexp_replace(folded COLLATE %1$s, '[^[:alnum:][:space:]]+', ' ', 'g')
    $sql$, letters);
END $do$;

CREATE FUNCTION rowledger_text(cells jsonb, positions integer[]) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN rowledger_folded(rowledger_joined(cells, positions));

CREATE FUNCTION rowledger_words(cells jsonb, positions integer[]) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN to_tsvector('pg_catalog.simple', rowledger_spaced(rowledger_text(cells, positions)));

-- The given words, whole and one after the other.
CREATE FUNCTION rowledger_phrase(given text) RETURNS tsquery
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN phraseto_tsquery('pg_catalog.simple', rowledger_spaced(rowledger_folded(given)));

-- The given words one after the other, the last of them perhaps only begun.
CREATE FUNCTION rowledger_begun(given text) RETURNS tsquery
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN numnode(rowledger_phrase(given)) > 0
        THEN (rowledger_phrase(given)::text || ':*')::tsquery ELSE rowledger_phrase(given) END;

-- How well a record answers, in billionths: how often the words stand in it, whole words better than begun ones,
-- and in short records better than in long ones. A whole number, for a page's cursor must bear it exactly.
CREATE FUNCTION rowledger_rank(words tsvector, begun tsquery, whole tsquery) RETURNS bigint
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
BEGIN
    RETURN ((ts_rank(words, begun, 1) + ts_rank(words, whole)) * 1000000000)::bigint;
END $$;

-- A LIKE pattern for what contains the given text.
CREATE FUNCTION rowledger_containing(given text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN '%' || replace(replace(replace(rowledger_folded(given), '\', '\\'), '%', '\%'), '_', '\_') || '%';
