"""The formats of booleans. A column uses one pair of words in one letter case; 1 and 0 are numbers.

A pair of a word and nothing, `checked/`, is a column of checkboxes: empty cells are false.
"""

from functools import lru_cache
from itertools import product

from domain.columns import ColumnType
from interfaces.formats.sql_literal import escape_braces, quote_literal
from interfaces.formats.values.form import ValueFormat, any_of_pattern

MAX_PAIR_LENGTH = 100

_PAIRS = (
    *("true/false", "yes/no", "y/n", "t/f", "on/off", "checked/unchecked", "checked/"),
    *("wahr/falsch", "ja/nein", "j/n", "vrai/faux", "oui/non", "vero/falso", "sì/no", "si/no"),
    *("verdadero/falso", "sí/no", "verdadeiro/falso", "sim/não", "sim/nao", "waar/onwaar", "ja/nee"),
    *("sand/falsk", "sant/falskt", "sann/usann", "ja/nej", "ja/nei", "tosi/epätosi", "kyllä/ei"),
    *("prawda/fałsz", "tak/nie", "pravda/nepravda", "ano/ne", "áno/nie", "igaz/hamis", "igen/nem"),
    *("adevărat/fals", "da/nu", "da/ne", "doğru/yanlış", "evet/hayır", "αληθής/ψευδής", "ναι/όχι"),
    *("истина/ложь", "да/нет", "так/ні", "да/не", "真/假", "是/否", "はい/いいえ", "예/아니요", "نعم/لا", "כן/לא"),
)
_CERTAIN = ("true", "checked")
"""Words that are boolean also if a column has no other value."""


@lru_cache(512)
def boolean_format(true: str, false: str) -> ValueFormat:
    """The format of a pair of words. `false` can be empty."""
    literal = escape_braces(quote_literal(true))
    json = "{c}" if (true, false) == ("true", "false") else f"if({{c}} = {literal}, 'true', 'false')"
    format = None if (true, false) == ("true", "false") else f"{true}/{false}"
    title = f"{true} or {false}" if false else f"{true} or empty"
    pattern = any_of_pattern(filter(None, (true, false)))
    return ValueFormat(title, ColumnType.BOOLEAN, (pattern,), json, format, blank="null" if false else "false")


BOOLEAN_FORMATS = tuple(
    dict.fromkeys(
        boolean_format(*map(case, pair.split("/")))
        for pair, case in product(_PAIRS, (str.lower, str.capitalize, str.upper))
    )
)
ONE_ZERO_FORMAT = boolean_format("1", "0")
"""Only for a column that the client declared as boolean."""

BOOLEAN_FORMATS_BY_WORD = {
    word: tuple(form for form in BOOLEAN_FORMATS if form.accepts(word))
    for pair, case in product(_PAIRS, (str.lower, str.capitalize, str.upper))
    for word in map(case, pair.split("/"))
    if word
}

BOOLEAN_WORDS = {
    word: at == 0 for pair in ("1/0", *reversed(_PAIRS)) for at, word in enumerate(pair.split("/")) if word
}
"""What each word means, in lower case."""


def find_boolean_format(name: str) -> ValueFormat | None:
    """The format of a pair such as `open/shut` or `x/`; None if it is no pair of different words."""
    true, slash, false = name.partition("/")
    true, false = true.strip(), false.strip()
    is_pair = bool(slash and true) and true != false and "/" not in false and len(name) <= MAX_PAIR_LENGTH
    return boolean_format(true, false) if is_pair and name.isprintable() and "|" not in name else None


def needs_both_words(form: ValueFormat) -> bool:
    """Whether a column must contain both words to be boolean: `no` alone may be Norway, `Y` a code."""
    if form.type is not ColumnType.BOOLEAN:
        return False
    true, _, false = (form.format or "true/false").lower().partition("/")
    return true not in _CERTAIN or (true == "checked" and false != "")
