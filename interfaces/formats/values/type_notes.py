"""The notes that tell what was guessed about a column's values, and why the column stayed text."""

from collections.abc import Sequence

from domain.columns import quote_value
from interfaces.formats.values.form import ValueFormat


def not_fitting_note(name: str, value: str, form: ValueFormat) -> str:
    return f"{_stays_text(name)} {quote_value(value)} is not {form.title}."


def identifiers_note(name: str) -> str:
    return f"{_stays_text(name)} all values are numbers of the same length, like identifiers."


def one_value_note(name: str, value: str, form: ValueFormat) -> str:
    return f"{_stays_text(name)} {quote_value(value)} is its only value; {form.title} needs both values."


def ambiguous_note(name: str, value: str, form: ValueFormat) -> str:
    return f"{_stays_text(name)} {describe_ambiguity(value, form)}"


def describe_ambiguity(value: str, form: ValueFormat) -> str:
    """What is ambiguous in the values of a column, and which option decides it."""
    if form.is_number:
        return (
            f"thousands and decimals cannot be distinguished ({quote_value(value)} …); "
            "set options.decimal to ',' or '.'."
        )
    return (
        f"day and month cannot be distinguished ({quote_value(value)} …); "
        f"set options.date_format, for example to {form.format or 'DD/MM/YYYY'}."
    )


def nulls_note(name: str, words: Sequence[str]) -> str:
    quoted = [quote_value(word) for word in sorted(words)]
    if len(quoted) == 1:
        return f"Column {name!r}: {quoted[0]} is read as null."
    return f"Column {name!r}: {', '.join(quoted[:-1])} and {quoted[-1]} are read as null."


def _stays_text(name: str) -> str:
    return f"Column {name!r} stays text:"
