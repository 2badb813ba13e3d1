"""Parse date and time notations: `DD.MM.YYYY hh:mm:ss`, `Mon D, YYYY h:mm AM`, or strftime's `%d.%m.%Y`.

Tokens: YYYY, YY (1969 to 2068), MM, M (without a leading zero), Mon, Month, DD, D, hh, h, mm, ss (with an optional
fraction after a point; `ss,f`: after a comma), AM, and the offsets ±hh:mm, ±hhmm, ±hh (or Z). Month names are in the
letter case of the token: Mon, MON, mon. All other characters are literal.
"""

import re
from functools import lru_cache
from itertools import pairwise

from domain.errors import Invalid

MAX_NOTATION_LENGTH = 60
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
SHORT_YEARS = (1969, 2068)
"""The first and the last year that two digits can represent, as in POSIX strptime."""
_TOKEN = re.compile("±hh:?mm|±hh|YYYY|YY|MONTH|Month|month|MON|Mon|mon|MM|M|DD|D|hh|h|mm|ss,f|ss|AM|am|.", re.DOTALL)
_KINDS = {
    **dict.fromkeys(("YYYY", "YY"), "year"),
    **dict.fromkeys(("MM", "M", "Mon", "MON", "mon", "Month", "MONTH", "month"), "month"),
    **dict.fromkeys(("DD", "D"), "day"),
    **dict.fromkeys(("hh", "h"), "hour"),
    "mm": "minute",
    **dict.fromkeys(("ss", "ss,f"), "second"),
    **dict.fromkeys(("AM", "am"), "half"),
    **dict.fromkeys(("±hh:mm", "±hhmm", "±hh"), "offset"),
}
_VARIABLE_WIDTH = ("D", "M", "h", "ss", "ss,f", "±hh:mm", "±hhmm", "±hh")
_SEPARATORS = " \u00a0\u202f.,:;/-_'()"
_STRFTIME = dict(
    pair.split("=")
    for pair in [
        "Y=YYYY",
        "y=YY",
        "m=MM",
        "-m=M",
        "b=Mon",
        "B=Month",
        "d=DD",
        "-d=D",
        "H=hh",
        "-H=h",
        "I=hh",
        "-I=h",
        "M=mm",
        "S=ss",
        "f=f",
        "p=AM",
        "z=±hhmm",
        ":z=±hh:mm",
        "F=YYYY-MM-DD",
        "T=hh:mm:ss",
        "R=hh:mm",
    ]
)


def token_kind(token: str) -> str | None:
    """What a token means: year, month, day, hour, minute, second, half (AM or PM), offset; None: a literal."""
    return _KINDS.get(token)


@lru_cache(1024)
def parse_notation(notation: str) -> tuple[str, ...]:
    """Return the tokens of a notation, in order. Raises Invalid `invalid-options` if they are not a date format."""
    found = tuple(_TOKEN.findall(notation)) if len(notation) <= MAX_NOTATION_LENGTH else ()
    if not _is_valid(found):
        raise _invalid_notation(notation)
    return found


def format_month(token: str, month: int) -> str:
    """Write `month`, from 1, as the month token says."""
    if token in ("MM", "M"):
        return f"{month:0{len(token)}}"
    name = MONTHS[month - 1][: 3 if len(token) == 3 else None]
    return name.upper() if token.isupper() else name.lower() if token.islower() else name


def normalize_notation(given: str) -> str:
    """Convert a notation of strftime or Java (`dd.MM.yyyy HH:mm`), or one like `yyyy-mm-dd`, to the tokens above.

    Raises Invalid `invalid-options`.
    """
    text = _from_strftime(given) if "%" in given else _from_java(given)
    text = text.replace("ss.f", "ss")
    try:
        parse_notation(text)
    except Invalid:
        raise _invalid_notation(given) from None
    return text


def _is_valid(found: tuple[str, ...]) -> bool:
    """Whether there is one complete date, at most one complete time, and each number has a clear end."""
    kinds = [token_kind(token) for token in found if token_kind(token)]
    literals = [token for token in found if not token_kind(token)]
    time = {"minute", "second", "half", "offset"} & set(kinds)
    return (
        len(kinds) == len(set(kinds))
        and {"year", "month", "day"} <= set(kinds)
        and ({"hour", "minute"} <= set(kinds) if time or "hour" in kinds else True)
        and all(token == "T" or token in _SEPARATORS for token in literals)
        and not any(one in _VARIABLE_WIDTH and _is_digits(other) for one, other in pairwise(found))
    )


def _is_digits(token: str) -> bool:
    return token_kind(token) in ("year", "day", "hour", "minute", "second") or token in ("MM", "M")


def _from_strftime(given: str) -> str:
    def token(match: re.Match[str]) -> str:
        if match[1] not in _STRFTIME:
            raise _invalid_notation(given)
        return _STRFTIME[match[1]]

    return re.sub("%([-:]?.?)", token, given)


def _from_java(given: str) -> str:
    """Change the letter case of `yyyy`, `dd` and `HH`; read `mm` as the month if no other token is the month."""
    text = re.sub("y{4}|yy|dd?", lambda match: match[0].upper(), given)
    text = re.sub("(?<!MONT)HH?", lambda match: match[0].lower(), text)
    text = re.sub("Z$", "±hh:mm", text)
    if not any(token_kind(token) == "month" for token in _TOKEN.findall(text)):
        text = re.sub("(?<![hm])(?<!h:)mm?(?!m)", lambda match: match[0].upper(), text, count=1)
    return text


def _invalid_notation(given: str) -> Invalid:
    return Invalid(
        "invalid-options",
        f"{given[:MAX_NOTATION_LENGTH]!r} is not a date format; "
        "use for example DD.MM.YYYY, M/D/YYYY hh:mm AM or %d.%m.%Y.",
    )
