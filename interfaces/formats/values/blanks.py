"""Blanks around values: which characters they are, and the formats of values that all have them."""

from collections.abc import Iterable
from dataclasses import replace

from interfaces.formats.sql_literal import escape_braces, quote_literal
from interfaces.formats.values.form import ValueFormat, any_of_pattern

BLANKS = " \t\r\n\u00a0\u202f\u3000"
"""Space, tab, line ends, the no-break spaces and the wide space of East Asian scripts."""

_BLANK = f"[{BLANKS}]"


def has_blanks(text: str) -> bool:
    """Whether the text begins or ends with a blank."""
    return text[:1] in BLANKS or text[-1:] in BLANKS


def trim_sql(value: str) -> str:
    """The SQL of a value without the blanks around it; null if it has nothing else."""
    return f"if({value} = '', {value}, nullif(trim({value}, {quote_literal(BLANKS)}), ''))"


def blank_format(form: ValueFormat, words: Iterable[str] = ()) -> ValueFormat:
    """The format of values of `form`, or null `words`, with blanks around each of them. Blanks alone are null."""
    ordered = sorted(words)
    (pattern,) = form.patterns
    inner = f"(?:{'|'.join([pattern, *filter(None, [any_of_pattern(ordered)])])})"
    trimmed = f"trim({{c}}, {quote_literal(BLANKS)})"
    nulls = escape_braces(", ".join(map(quote_literal, ["", *ordered])))
    json = f"case when {trimmed} in ({nulls}) then 'null' else {form.json.replace('{c}', trimmed)} end"
    title = f"{form.title} with blanks around it"
    return replace(form, title=title, patterns=(f"{_BLANK}+{inner}?{_BLANK}*|{inner}{_BLANK}+",), json=json)
