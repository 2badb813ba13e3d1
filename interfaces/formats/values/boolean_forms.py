"""The formats of booleans. A column uses one pair of words in one letter case; 1 and 0 are numbers."""

from domain.columns import ColumnType
from interfaces.formats.values.form import ValueFormat

_PAIRS = (("true", "false"), ("yes", "no"), ("y", "n"), ("t", "f"), ("on", "off"))


def _boolean_format(true: str, false: str) -> ValueFormat:
    json = "{c}" if true == "true" else f"if({{c}} = '{true}', 'true', 'false')"
    format = None if true == "true" else f"{true}/{false}"
    return ValueFormat(f"{true} or {false}", ColumnType.BOOLEAN, (f"{true}|{false}",), json, format)


BOOLEAN_FORMATS = tuple(
    dict.fromkeys(
        _boolean_format(case(true), case(false))
        for true, false in _PAIRS
        for case in (str.lower, str.capitalize, str.upper)
    )
)
ONE_ZERO_FORMAT = _boolean_format("1", "0")
"""Only for a column that the client declared as boolean."""

BOOLEAN_FORMATS_BY_NAME = {form.format: form for form in (*BOOLEAN_FORMATS, ONE_ZERO_FORMAT) if form.format}


def needs_both_words(form: ValueFormat) -> bool:
    """Whether a column must contain both words to be boolean: `no` alone may be Norway, `Y` a code."""
    return form.type is ColumnType.BOOLEAN and form.patterns[0].lower() != "true|false"
