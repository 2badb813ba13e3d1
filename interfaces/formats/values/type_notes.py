"""The sentences that say what was guessed of a column's values, and why it stayed text."""

from collections.abc import Sequence

from domain.columns import shown
from interfaces.formats.values.form import Form


def not_fitting(name: str, value: str, form: Form) -> str:
    return f"{_stays(name)} {shown(value)} is not {form.title}."


def identifiers(name: str) -> str:
    return f"{_stays(name)} all values are numbers of one length, long as an identifier's."


def one_value(name: str, value: str, form: Form) -> str:
    return f"{_stays(name)} {shown(value)} is its only value; {form.title} takes both."


def ambiguous(name: str, value: str, form: Form) -> str:
    return f"{_stays(name)} {doubt(value, form)}"


def doubt(value: str, form: Form) -> str:
    """What cannot be told apart, and which option decides."""
    if form.is_number:
        return f"thousands and decimals cannot be told apart ({shown(value)} …); say options.decimal, ',' or '.'."
    return (
        f"day and month cannot be told apart ({shown(value)} …); "
        f"say options.date_format, for instance {form.format or 'DD/MM/YYYY'}."
    )


def nulls(name: str, words: Sequence[str]) -> str:
    quoted = [shown(word) for word in sorted(words)]
    if len(quoted) == 1:
        return f"Column {name!r}: {quoted[0]} is read as null."
    return f"Column {name!r}: {', '.join(quoted[:-1])} and {quoted[-1]} are read as null."


def _stays(name: str) -> str:
    return f"Column {name!r} stays text:"
