"""The format of JSON cells, only for columns declared as JSON. Values are kept as written, except line breaks.

Only what the database can store is accepted: no U+0000, no NaN, no huge numbers, at most MAX_DEPTH levels.
"""

import json
import re
from dataclasses import dataclass

from domain.columns import MAX_DEPTH, ColumnType
from interfaces.formats.sql_literal import escape_braces
from interfaces.formats.values.form import ValueFormat

_STRING = r'"(?:[^"\\]|\\.)*"'
_NUL = r"(?:^|[^\\])(?:\\\\)*\\u0000"
_UNSUPPORTED = r"(?i),\s*[\]}]|nan|inf|e[+-]?[0-9]{4}|[0-9]{1000}[0-9]|/[*/]"
"""What DuckDB accepts as JSON although it is not, and numbers that are too large for the database."""


def _depth_check_sql(text: str) -> str:
    """The SQL condition that brackets are at most MAX_DEPTH deep: each step removes the innermost brackets."""
    brackets = f"regexp_replace({text}, '[^\\[\\]{{{{}}}}]', '', 'g')"
    inner = brackets
    for _ in range(MAX_DEPTH):
        inner = f"regexp_replace({inner}, '\\[\\]|\\{{{{\\}}}}', '', 'g')"
    return f"case when strlen({brackets}) <= {2 * MAX_DEPTH} then true else {inner} = '' end"


_BARE_SQL = f"regexp_replace({{c}}, '{_STRING}', '0', 'g')"
_VALID_SQL = (
    "(case when {c} is null or {c} = '' then true when not json_valid({c}) then false "
    f"when regexp_matches({{c}}, '{escape_braces(_NUL)}') then false "
    f"when regexp_matches({_BARE_SQL}, '{escape_braces(_UNSUPPORTED)}') then false "
    f"else {_depth_check_sql(_BARE_SQL)} end)"
)


@dataclass(frozen=True, slots=True)
class _JsonValueFormat(ValueFormat):
    def accepts(self, text: str) -> bool:
        return text in self.nulls or _is_json(text)


JSON_FORMAT = _JsonValueFormat(
    "JSON", ColumnType.JSON, (), "translate({c}, chr(10) || chr(13), '  ')", None, (), _VALID_SQL
)


def _is_json(text: str) -> bool:
    bare = re.sub(_STRING, "0", text)
    if re.search(_NUL, text) or re.search(_UNSUPPORTED, bare) or _nesting_depth(bare) > MAX_DEPTH:
        return False
    try:
        # A lone surrogate cannot be encoded.
        json.dumps(json.loads(text, parse_float=str, parse_int=str), ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return False
    return True


def _nesting_depth(bare: str) -> int:
    depth = deepest = 0
    for match in re.finditer(r"[\[\]{}]", bare):
        depth += 1 if match[0] in "[{" else -1
        deepest = max(deepest, depth)
    return deepest
