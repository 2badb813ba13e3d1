"""How dates and times are noted: `DD.MM.YYYY hh:mm:ss`, `Mon D, YYYY h:mm AM`, or strftime's `%d.%m.%Y`.

Tokens: YYYY, YY (1969 to 2068), MM, M (one digit where one is enough), Mon, Month, DD, D, hh, h, mm, ss (with its
fraction, if any; `ss,f` has a comma before it), AM, and the offsets ±hh:mm, ±hhmm, ±hh (or Z). Names are written
as the token is: Mon, MON, mon. All else stands for itself.
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
    """What a token stands for: year, month, day, hour, minute, second, half (of the day), offset; None: itself."""
    return _KINDS.get(token)


@lru_cache(1024)
def parse_notation(notation: str) -> tuple[str, ...]:
    """The tokens of a notation, in order. Raises Invalid `invalid-options` at one that makes no sense."""
    found = tuple(_TOKEN.findall(notation)) if len(notation) <= MAX_NOTATION_LENGTH else ()
    if not _is_valid(found):
        raise _invalid_notation(notation)
    return found


def format_month(token: str, month: int) -> str:
    """A month, from 1, as a token writes it."""
    if token in ("MM", "M"):
        return f"{month:0{len(token)}}"
    name = MONTHS[month - 1][: 3 if len(token) == 3 else None]
    return name.upper() if token.isupper() else name.lower() if token.islower() else name


def normalize_notation(given: str) -> str:
    """A notation as people write it, in ours: strftime's, Java's `dd.MM.yyyy HH:mm`, or `yyyy-mm-dd`.

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
    """Whether there is one whole date, at most one whole time, and no doubt where a number ends."""
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
    """`yyyy`, `dd` and `HH` are capital or small elsewhere; `mm` is the month where nothing else is."""
    text = re.sub("y{4}|yy|dd?", lambda match: match[0].upper(), given)
    text = re.sub("(?<!MONT)HH?", lambda match: match[0].lower(), text)
    text = re.sub("Z$", "±hh:mm", text)
    if not any(token_kind(token) == "month" for token in _TOKEN.findall(text)):
        text = re.sub("(?<![hm])(?<!h:)mm?(?!m)", lambda match: match[0].upper(), text, count=1)
    return text


def _invalid_notation(given: str) -> Invalid:
    return Invalid(
        "invalid-options",
        f"{given[:MAX_NOTATION_LENGTH]!r} is no notation for dates; "
        "say for instance DD.MM.YYYY, M/D/YYYY hh:mm AM or %d.%m.%Y.",
    )
