"""Build the SQL that converts a number with signs, a currency or an exponent to plain digits.

Every digit stays: the point moves through the text, as in `canonical_number`, which does the same in Python.
"""

import re
from collections.abc import Sequence

from interfaces.formats.sql_literal import quote_literal
from interfaces.formats.values.numbers.number_notation import shift_point

_MINUS = "[-(\u2212]"
_PERCENT_PLACES = -2
_EXPONENT = re.compile("[eE]([+-]?[0-9]+)")


def canonical_number_sql(point: str, words: Sequence[str], *, percent: bool = False) -> str:
    """The SQL of a value `{c}` as a plain number; `words` are the currency and other words around it."""
    bare = "{c}"
    for word in words:
        bare = f"replace({bare}, {quote_literal(word)}, '')"
    mantissa = f"regexp_replace({bare}, '[eE].*', '')"
    exponent = f"coalesce(try_cast(regexp_extract({bare}, '[eE]([+-]?[0-9]+)', 1) as integer), 0)"
    unsigned = f"replace(regexp_replace({mantissa}, '[^0-9{point}]', '', 'g'), ',', '.')"
    digits = f"replace({unsigned}, '.', '')"
    whole = f"if(contains({unsigned}, '.'), strpos({unsigned}, '.') - 1, strlen({unsigned}))"
    places = f"({whole} + {exponent} + {_PERCENT_PLACES if percent else 0})"
    shifted = (
        f"case when {places} <= 0 then '0.' || repeat('0', -{places}) || {digits} "
        f"when {places} < strlen({digits}) then left({digits}, {places}) || '.' || substr({digits}, {places} + 1) "
        f"else {digits} || repeat('0', {places} - strlen({digits})) end"
    )
    sign = f"if(regexp_matches({mantissa}, '{_MINUS}') and regexp_matches({digits}, '[1-9]'), '-', '')"
    return f"({sign} || regexp_replace({shifted}, '^0+([0-9])', '\\1'))"


def canonical_number(text: str, point: str, words: Sequence[str], *, percent: bool = False) -> str:
    """The plain number of a text in such a notation."""
    for word in words:
        text = text.replace(word, "")
    exponent = _EXPONENT.search(text)
    mantissa = text[: exponent.start()] if exponent else text
    unsigned = re.sub(f"[^0-9{point}]", "", mantissa).replace(",", ".")
    shifted = shift_point(unsigned, int(exponent[1] if exponent else 0) + (_PERCENT_PLACES if percent else 0))
    is_negative = re.search(_MINUS, mantissa) and re.search("[1-9]", unsigned)
    return "-" + shifted if is_negative else shifted
