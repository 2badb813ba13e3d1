"""Builds the SQL that writes a Parquet file's values as JSON, type by type, without losing a digit.

NaN and infinities become null. A value that has no JSON form (a date beyond the year 9999, U+0000 in a text) becomes
a string that begins with the control character INVALID_MARK. JSON has no unescaped control characters, so such rows
are detected and rejected.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import orjson
from duckdb.sqltypes import DuckDBPyType

from domain.columns import MAX_DIGITS, ColumnType
from interfaces.formats.sql_literal import escape_braces, quote_literal
from interfaces.formats.values.boolean_forms import BOOLEAN_FORMATS
from interfaces.formats.values.dates.date_forms import (
    CANONICAL_DATE,
    CANONICAL_TIMES,
    build_date_format,
)
from interfaces.formats.values.form import ValueFormat
from interfaces.formats.values.numbers.number_forms import DECIMAL, INTEGER

INVALID_MARK = "\x01"

CELL = "\0"
"""Stands for the value in an expression that serves several columns. No literal contains it."""

_CANONICAL = (*BOOLEAN_FORMATS, *(build_date_format(notation) for notation in (CANONICAL_DATE, *CANONICAL_TIMES)))

MACROS = """
create temp macro marked(t) as concat('"', chr(1), substr(to_json(substr(t, 1, 200))::varchar, 2));
create temp macro exponent(t) as split_part(t, 'e', 2)::int;
create temp macro digits(t) as replace(ltrim(split_part(t, 'e', 1), '-'), '.', '');
create temp macro shifted(d, e) as if(
    e < 0,
    concat('0.', repeat('0', -e - 1), d),
    concat(d[:e + 1], repeat('0', e + 1 - length(d)), '.', if(length(d) > e + 1, d[e + 2:], '0'))
);
create temp macro float_text(t) as if(
    contains(t, 'e'),
    concat(if(t[1] = '-', '-', ''), shifted(digits(t), exponent(t))),
    if(t = '-0.0', '0.0', t)
);
create temp macro time_text(t) as replace(t, ' ', 'T');
create temp macro utc_text(t) as if(suffix(t, '+00'), concat(replace(t, ' ', 'T')[:-4], 'Z'), t);
create temp macro in_range(t) as regexp_matches(t, '^[0-9]{4}-') and not suffix(t, ')');
create temp macro two_digits(n) as if(n < 10, concat('0', n), n::varchar);
create temp macro clock_text(seconds) as concat_ws(
    ':', two_digits(seconds // 3600), two_digits(seconds // 60 % 60), two_digits(seconds % 60)
);
create temp macro fraction_text(n, digits) as if(
    n = 0, '', concat('.', rtrim(lpad(n::varchar, digits, '0'), '0'))
);
create temp macro duration_text(n, digits) as if(n is null, null, concat(
    if(n < 0, '-', ''),
    clock_text(abs(n::hugeint) // (10 ^ digits)::hugeint),
    fraction_text(abs(n::hugeint) % (10 ^ digits)::hugeint, digits)
));
create temp macro has_no_nul(t) as not contains(t, chr(0));
"""

_INTEGERS = frozenset(
    f"{sign}{size}" for sign in ("", "u") for size in ("tinyint", "smallint", "integer", "bigint", "hugeint")
)


@dataclass(frozen=True, slots=True)
class JsonExpression:
    """The SQL for a value of a column.

    `text` is its plain text (JSON, if that is the type), null where the value is null. `check` is a condition over
    `{t}` for texts that can be stored; None if all can.
    """

    type: ColumnType
    text: str
    check: str | None = None

    def of(self, value: str) -> "JsonExpression":
        """The same expression with `value` in place of CELL."""
        return replace(self, text=self.text.replace(CELL, value))

    @property
    def json(self) -> str:
        """The SQL of the value's JSON; null where the value is null."""
        match self.type:
            case ColumnType.STRING:
                json = f"to_json({self.text})::varchar"
            case ColumnType.DATE | ColumnType.DATETIME:
                json = f"('\"' || {self.text} || '\"')"
            case _:
                json = self.text
        return (
            json if self.check is None else f"if(not ({self.check.format(t=self.text)}), marked({self.text}), {json})"
        )


def json_expression(kind: DuckDBPyType, value: str, *, base64: bool = False, depth: int = 0) -> JsonExpression:
    """The SQL for the expression `value` of this type.

    With `base64` its bytes are encoded, because they are not text, as those inside lists, structures and maps always
    are. `depth` counts the lists and maps around it.
    """
    name = kind.id
    text = f"({value})::varchar"
    if name in _INTEGERS:
        return JsonExpression(ColumnType.INTEGER, text)
    if name.startswith("timestamp"):
        is_utc = "tz" in name or "zone" in name
        return JsonExpression(ColumnType.DATETIME, f"{'utc' if is_utc else 'time'}_text({text})", "in_range({t})")
    match name:
        case "decimal":
            return JsonExpression(ColumnType.DECIMAL, text)
        case "float" | "double":
            return JsonExpression(ColumnType.DECIMAL, f"if(isfinite({value}), float_text({text}), null)")
        case "boolean":
            return JsonExpression(ColumnType.BOOLEAN, text)
        case "date":
            return JsonExpression(ColumnType.DATE, text, "in_range({t})")
        case "list" | "array":
            return _list_expression(kind, value, depth + 1)
        case "struct":
            return _struct_expression(kind, value, depth)
        case "map":
            return _map_expression(kind, value, depth + 1)
        case "blob":
            return JsonExpression(
                ColumnType.STRING, f"base64({value})" if base64 else f"decode({value})", "has_no_nul({t})"
            )
        case _:
            return JsonExpression(ColumnType.STRING, text, "has_no_nul({t})")


def convert_expression(expression: JsonExpression, declared: ColumnType) -> JsonExpression:
    """The SQL for the value converted to the type `declared`; values that do not fit are marked."""
    match declared:
        case expression.type:
            return expression
        case ColumnType.JSON:
            return JsonExpression(declared, expression.json)
        case ColumnType.STRING if expression.type is not ColumnType.JSON:
            return JsonExpression(declared, expression.text, expression.check)
        case ColumnType.DECIMAL if expression.type is ColumnType.INTEGER:
            return JsonExpression(declared, expression.text)
        case _:
            forms = [INTEGER] if declared is ColumnType.INTEGER else [INTEGER, DECIMAL]
            if not declared.is_number:
                forms = [form for form in _CANONICAL if form.type is declared and form.format is None]
            return JsonExpression(declared, expression.text, " or ".join(map(_matches_form, forms)) or "false")


def contains_type(kind: DuckDBPyType, *names: str) -> bool:
    """Whether values of this type are of one of the named types, or contain such values."""
    return kind.id in names or any(contains_type(item, *names) for item in _child_types(kind))


def count_not_finite(kind: DuckDBPyType, value: str, depth: int = 0) -> str:
    """The SQL for the number of NaN and infinities in the expression `value` of this type."""
    item = f"y{depth}"
    match kind.id:
        case "float" | "double":
            return f"coalesce((not isfinite({value}))::bigint, 0)"
        case "list" | "array":
            inner, values = count_not_finite(_child_type(kind, "child"), item, depth + 1), value
        case "map":
            inner, values = count_not_finite(_child_type(kind, "value"), item, depth + 1), f"map_values({value})"
        case "struct":
            members = [
                count_not_finite(member, f"struct_extract_at({value}, {at})", depth)
                for at, (_, member) in enumerate(kind.children, 1)
                if isinstance(member, DuckDBPyType)
            ]
            return f"({' + '.join(members) or '0'})"
        case _:
            return "0"
    return f"coalesce(list_sum(list_transform({values}, lambda {item}: {inner})), 0)"


def _child_types(kind: DuckDBPyType) -> Iterator[DuckDBPyType]:
    if kind.id in ("list", "array", "struct", "map"):
        yield from (item for _, item in kind.children if isinstance(item, DuckDBPyType))


def _matches_form(form: ValueFormat) -> str:
    patterns = [escape_braces(quote_literal(pattern)) for pattern in form.patterns]
    fits = " and ".join(f"regexp_full_match({{t}}, {pattern})" for pattern in patterns)
    return f"({fits} and strlen({{t}}) <= {MAX_DIGITS})"


def _list_expression(kind: DuckDBPyType, value: str, depth: int) -> JsonExpression:
    item = _child_type(kind, "child")
    items = f"list_transform({value}, lambda x{depth}: {_inner_json(item, f'x{depth}', depth)})"
    return JsonExpression(ColumnType.JSON, f"('[' || array_to_string({items}, ',') || ']')")


def _struct_expression(kind: DuckDBPyType, value: str, depth: int) -> JsonExpression:
    members = ", ',', ".join(
        f"{_member_name_sql(name)}, {_inner_json(item, f'struct_extract_at({value}, {at})', depth)}"
        for at, (name, item) in enumerate(kind.children, 1)
        if isinstance(item, DuckDBPyType)
    )
    return JsonExpression(ColumnType.JSON, f"if(({value}) is null, null, concat('{{', {members}, '}}'))")


def _map_expression(kind: DuckDBPyType, value: str, depth: int) -> JsonExpression:
    entry = f"x{depth}"
    key = json_expression(_child_type(kind, "key"), f"{entry}.key", base64=True, depth=depth)
    name = f"to_json({key.text})::varchar"
    pair = f"concat({name}, ':', {_inner_json(_child_type(kind, 'value'), f'{entry}.value', depth)})"
    pairs = f"list_transform(map_entries({value}), lambda {entry}: {pair})"
    return JsonExpression(ColumnType.JSON, f"('{{' || array_to_string({pairs}, ',') || '}}')")


def _child_type(kind: DuckDBPyType, name: str) -> DuckDBPyType:
    return next(item for key, item in kind.children if key == name and isinstance(item, DuckDBPyType))


def _inner_json(kind: DuckDBPyType, value: str, depth: int) -> str:
    return f"coalesce({json_expression(kind, value, base64=True, depth=depth).json}, 'null')"


def _member_name_sql(name: str) -> str:
    return quote_literal(orjson.dumps(name).decode() + ":")
