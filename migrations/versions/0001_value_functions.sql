-- A value of a record as something PostgreSQL can compare and index.
--
-- They stand in expression indexes over every version of a record, also those written while the column had
-- another type: so none may fail, whatever it is given; what is of another kind is null. None looks at a
-- session's settings. A body of one plain expression is inlined, so that the planner sees through it.

CREATE FUNCTION rowledger_number(value jsonb) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN jsonb_typeof(value) = 'number' THEN value::numeric END;

CREATE FUNCTION rowledger_boolean(value jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN jsonb_typeof(value) = 'boolean' THEN value::boolean END;

-- A run of at most nine digits: a part of a date.
CREATE FUNCTION rowledger_digits(value text) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN value ~ '^[0-9]{1,9}$' THEN value::numeric END;

-- A time of RFC 3339, to the microsecond; without an offset it is UTC. Put together from its parts, for
-- PostgreSQL's own reading of a time depends on the session and may fail. The days are added to the month's
-- first, so that a 30th of February, which no datetime column holds, does not fail either.
CREATE FUNCTION rowledger_instant(value jsonb) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN jsonb_typeof(value) = 'string' AND (value #>> '{}') ~ (
            '^[0-9]{4}-(0[1-9]|1[0-2])-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]+)?'
            '(Z|[+-][0-9]{2}:[0-9]{2})?$')
        THEN (
            make_timestamp(
                nullif(substr(value #>> '{}', 1, 4)::integer, 0),
                substr(value #>> '{}', 6, 2)::integer,
                1,
                substr(value #>> '{}', 12, 2)::integer,
                substr(value #>> '{}', 15, 2)::integer,
                rtrim(split_part(split_part(substr(value #>> '{}', 18, 9), '+', 1), '-', 1), 'Z')::double precision
            ) + make_interval(days => substr(value #>> '{}', 9, 2)::integer - 1)
        ) AT TIME ZONE CASE
            WHEN left(right(value #>> '{}', 6), 1) IN ('+', '-') THEN make_interval(
                hours => left(right(value #>> '{}', 6), 3)::integer,
                mins => (left(right(value #>> '{}', 6), 1) || right(value #>> '{}', 2))::integer)
            ELSE make_interval()
        END
    END;
