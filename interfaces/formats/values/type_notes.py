"""The notes that tell what was guessed about a column's values, and why the column stayed text."""

import json
from collections.abc import Iterator, Sequence

from domain.columns import ColumnType, quote_value
from interfaces.formats.values.form import ValueFormat
from interfaces.formats.values.numbers.number_forms import SCIENTIFIC, decimal_sign
from interfaces.formats.values.numbers.number_notation import OTHER_SIGN
from interfaces.formats.values.numbers.signed_numbers import SignedNumberFormat


def blanks_note(name: str) -> str:
    return f"Column {name!r}: the blanks around its values were left out; set options.trim to false to keep them."


def signed_note(name: str, value: str) -> str:
    return f"{_stays_text(name)} {quote_value(value)} is read as a number only if {_declaration(name)}."


def codes_note(name: str, value: str) -> str:
    example = quote_value(value)
    return f"{_stays_text(name)} values such as {example} can be codes; they are numbers if {_declaration(name)}."


def exponents_note(name: str) -> str:
    return f"Column {name!r}: numbers with an exponent are written out, 1e3 as 1000."


def declared_notes(name: str, form: ValueFormat) -> Iterator[str]:
    """How the values of a declared type are read, where that is not obvious."""
    if form == SCIENTIFIC:
        yield exponents_note(name)
    if isinstance(form, SignedNumberFormat):
        if form.percent:
            yield f"Column {name!r}: per cent are read as fractions, 5% as 0.05."
        if form.tolerant:
            yield f"Column {name!r}: its numbers are written in several ways; exports write them in one way."


def identifiers_note(name: str) -> str:
    return f"{_stays_text(name)} all values are numbers of the same length, like identifiers."


def one_value_note(name: str, value: str, form: ValueFormat) -> str:
    return f"{_stays_text(name)} {quote_value(value)} is its only value; {form.title} needs both values."


def ambiguous_note(name: str, value: str, form: ValueFormat) -> str:
    return f"{_stays_text(name)} {describe_ambiguity(value, form)}"


def reading_note(name: str, value: str, form: ValueFormat, proved_by: str | None) -> str:
    """How values are read that alone could be read in two ways; `proved_by` is the column that decided."""
    if form.is_number:
        sign = decimal_sign(form)
        mark = "commas" if sign == "," else "points"
        reading = f"{quote_value(value)} is read with {mark} as decimal signs"
        option = f"options.decimal to {OTHER_SIGN[sign]!r}"
    else:
        reading = f"{quote_value(value)} is read as {form.title}"
        option = "options.date_format"
    if proved_by is not None:
        return f"Column {name!r}: {reading}, like column {proved_by!r}."
    return f"Column {name!r}: {reading}; set {option} if that is wrong."


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


def quote_column_type(name: str, type: ColumnType) -> str:
    """The value of `options.columns` that gives a column a type."""
    return json.dumps({name: type.value}, ensure_ascii=False)


def _declaration(name: str) -> str:
    return f"options.columns says so: {quote_column_type(name, ColumnType.DECIMAL)}"


def _stays_text(name: str) -> str:
    return f"Column {name!r} stays text:"
