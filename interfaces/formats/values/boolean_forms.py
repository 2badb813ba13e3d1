"""The spellings of true and false. One pair in one kind of letters a column; 1 and 0 are numbers."""

from domain.columns import ColumnType
from interfaces.formats.values.form import Form

_PAIRS = (("true", "false"), ("yes", "no"), ("y", "n"), ("t", "f"), ("on", "off"))


def _spelling(true: str, false: str) -> Form:
    json = "{c}" if true == "true" else f"if({{c}} = '{true}', 'true', 'false')"
    format = None if true == "true" else f"{true}/{false}"
    return Form(f"{true} or {false}", ColumnType.BOOLEAN, (f"{true}|{false}",), json, format)


BOOLEANS = tuple(
    dict.fromkeys(
        _spelling(case(true), case(false))
        for true, false in _PAIRS
        for case in (str.lower, str.capitalize, str.upper)
    )
)
ONE_ZERO = _spelling("1", "0")
"""Only for a column that was said to be boolean."""

SPELLINGS = {form.format: form for form in (*BOOLEANS, ONE_ZERO) if form.format}


def needs_both(form: Form) -> bool:
    """Whether one of the two words alone proves nothing: `no` may be Norway, `Y` a code, `on` a place."""
    return form.type is ColumnType.BOOLEAN and form.patterns[0].lower() != "true|false"
