-- What filters calculate with. As in the functions before, none may fail, whatever it is given: what has no
-- answer is null. None looks at a session's settings.

-- Null from 1000 digits before the point on, and of no more than 1000 after it: calculations cannot grow without
-- bound. Spelled so that the value stands once, which lets the planner inline it: `least` and `greatest` pass
-- over null, so that it becomes a bound, which becomes null.
CREATE FUNCTION rowledger_bounded(value numeric) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN nullif(nullif(greatest(least(trim_scale(round(value, 1000)), 1e1000), -1e1000), 1e1000), -1e1000);

CREATE FUNCTION rowledger_product(a numeric, b numeric) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN rowledger_bounded(a * b);

-- To 16 significant digits or more; null where `b` is zero. Zeros at the end of `a` and `b` do not change it.
CREATE FUNCTION rowledger_quotient(a numeric, b numeric) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN rowledger_bounded(trim_scale(a) / nullif(trim_scale(b), 0));

-- The characters from the `start`th on, counted from 0; a negative `start` counts from the end.
CREATE FUNCTION rowledger_substring(value text, start numeric) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN start >= 0 THEN substr(value, least(start, 2147483646)::integer + 1)
        WHEN start < 0 THEN right(value, least(-start, 2147483647)::integer)
    END;

-- At most `length` of them; a negative length has no answer.
CREATE FUNCTION rowledger_substring(value text, start numeric, length numeric) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN length >= 0 THEN left(rowledger_substring(value, start), least(length, 2147483647)::integer)
    END;

CREATE FUNCTION rowledger_ends_with(value text, ending text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN right(value, char_length(ending)) = ending;

-- A fraction of a second, from what a time's text has after its seconds: `.5+02:00` is 0.5.
CREATE FUNCTION rowledger_fraction(value text) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN value ~ '^[.][0-9]{1,9}($|[^0-9])' THEN ('0' || substring(value FROM '^[.][0-9]+'))::numeric
        WHEN value IS NOT NULL THEN 0
    END;

-- Minutes ahead of UTC, from the last six characters of a time's text; 0 where they are no offset.
CREATE FUNCTION rowledger_offset(value text) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN value ~ '^[+-][0-9]{2}:[0-9]{2}$' THEN
            left(value, 3)::numeric * 60 + (left(value, 1) || right(value, 2))::numeric
        WHEN value IS NOT NULL THEN 0
    END;

-- Greater or equal, where null equals null.
CREATE FUNCTION rowledger_at_least(a anycompatible, b anycompatible) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS 'SELECT coalesce(a >= b, a IS NULL AND b IS NULL)';
