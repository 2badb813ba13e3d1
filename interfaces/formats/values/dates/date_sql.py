"""Build the SQL that converts a date from a file's notation to canonical JSON text.

A part is extracted by its position if that is the same in every value, which is fast, else by a regular expression.
"""

import re
from collections.abc import Sequence

from interfaces.formats.sql_literal import escape_braces
from interfaces.formats.values.dates.date_notation import MONTHS, SHORT_YEARS, token_kind

_MONTH_ABBREVIATIONS = "".join(month[:3].lower() for month in MONTHS)

_VARIABLE_PATTERNS = {"D": "[0-9]+", "M": "[0-9]+", "h": "[0-9]+", "ss": "[0-9.]+", "ss,f": "[0-9,]+"}
_WIDTHS = {"YYYY": 4, "YY": 2, "MM": 2, "DD": 2, "hh": 2, "mm": 2, "AM": 2, "am": 2, "Mon": 3, "MON": 3, "mon": 3}


def canonical_json_sql(found: Sequence[str]) -> str:
    """The SQL of the canonical JSON text of a value `{c}`, which is written with the tokens `found`."""
    text = {
        token_kind(token): (token, _extract_sql(found, at)) for at, token in enumerate(found) if token_kind(token)
    }
    parts = [_year_sql(*text["year"]), "'-'", _month_sql(*text["month"]), "'-'", f"lpad({text['day'][1]}, 2, '0')"]
    if "hour" in text:
        parts += ["'T'", _hour_sql(text["hour"][1], text.get("half")), "':'", text["minute"][1]]
        parts += ["':'", f"replace({text['second'][1]}, ',', '.')"] if "second" in text else ["':00'"]
    if "offset" in text:
        parts.append(_offset_sql(*text["offset"]))
    return "concat('\"', " + ", ".join(parts) + ", '\"')"


def _extract_sql(found: Sequence[str], at: int) -> str:
    """The SQL of the text of the token `found[at]`."""
    before = [
        _WIDTHS.get(token, 0 if token_kind(token) or token in _VARIABLE_PATTERNS else len(token))
        for token in found[:at]
    ]
    fixed = all(before)
    if fixed and found[at] in _WIDTHS:
        return f"substr({{c}}, {sum(before) + 1}, {_WIDTHS[found[at]]})"
    if fixed and at == len(found) - 1:
        return f"substr({{c}}, {sum(before) + 1})"
    loose = [loose_token_pattern(token) for token in found]
    loose[at] = f"({loose[at]})"
    pattern = "^" + "".join(loose) + "$"
    return "regexp_extract({c}, '" + _escape_pattern(pattern) + "', 1)"


def loose_token_pattern(token: str) -> str:
    """A pattern of the texts of a token, and of others: it only finds where the token ends."""
    if token in _VARIABLE_PATTERNS:
        return _VARIABLE_PATTERNS[token]
    match token_kind(token):
        case None:
            return re.escape(token)
        case "offset":
            return "(?:Z|[+-][0-9:]+)"
        case "month" if token not in ("MM", "M"):
            return "[A-Za-z]+"
        case "half":
            return "[A-Za-z]+"
        case _:
            return "[0-9]" * _WIDTHS[token]


def _escape_pattern(pattern: str) -> str:
    """Escape a pattern for an SQL literal inside a template of `str.format`."""
    return escape_braces(pattern.replace("'", "''"))


def _year_sql(token: str, text: str) -> str:
    first = SHORT_YEARS[0] % 100
    return text if token == "YYYY" else f"if({text} >= '{first}', '19', '20') || {text}"


def _month_sql(token: str, text: str) -> str:
    if token in ("MM", "M"):
        return f"lpad({text}, 2, '0')"
    return f"lpad(((strpos('{_MONTH_ABBREVIATIONS}', lower(left({text}, 3))) + 2) // 3)::varchar, 2, '0')"


def _hour_sql(text: str, half: tuple[str, str] | None) -> str:
    if half is None:
        return f"lpad({text}, 2, '0')"
    return f"lpad((try_cast({text} as integer) % 12 + if(lower({half[1]}) = 'pm', 12, 0))::varchar, 2, '0')"


def _offset_sql(token: str, text: str) -> str:
    match token:
        case "±hhmm":
            return f"if({text} = 'Z', 'Z', left({text}, 3) || ':' || right({text}, 2))"
        case "±hh":
            return f"if({text} = 'Z', 'Z', {text} || ':00')"
        case _:
            return text
