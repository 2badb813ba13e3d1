"""What is known of a column's values, and which form that makes it: the same rules for some rows and for all.

The search for a form is a dialogue: it asks for the first value that breaks a form, drops the forms which that
value breaks too, and asks again. So most columns need one question, whoever answers it.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass

from domain.columns import ColumnType
from interfaces.formats.values import type_notes
from interfaces.formats.values.boolean_forms import needs_both_words
from interfaces.formats.values.form import (
    NO_VALUES,
    TEXT,
    ValueFormat,
    ambiguous_format,
    words_only_format,
)
from interfaces.formats.values.forms import AllowedFormats, narrow_format

FormatSearch = Generator[ValueFormat, str | None, "FormatSearchResult"]
"""Asks for the first value that breaks a form; None: no value does."""


@dataclass(frozen=True, slots=True)
class FormatSearchResult:
    """The forms that fit, the likelier first, and one of them with which the first clashes.

    `broken`: the value that broke the last form, and that form.
    """

    forms: tuple[ValueFormat, ...]
    rival: ValueFormat | None = None
    broken: tuple[str, ValueFormat] | None = None


@dataclass(frozen=True, slots=True)
class ValueStatistics:
    """Figures of a column's values, null words and empty ones left out; `words` are the null words it has."""

    count: int
    least: str = ""
    greatest: str = ""
    shortest: int = 0
    longest: int = 0
    negative: bool = False
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ColumnGuess:
    """A column's form. `open` are those that more rows might show instead: none once it is proven to be text,
    and None where no value has shown anything yet. `notes` say what a person should know of it.

    `forced`: the type was said beforehand and not all rows fit. `unsettled`: it was said, and only all rows can
    tell the form.
    """

    form: ValueFormat
    open: tuple[ValueFormat, ...] | None
    notes: tuple[str, ...] = ()
    forced: bool = False
    unsettled: bool = False


def search_format(forms: tuple[ValueFormat, ...], ways: AllowedFormats) -> FormatSearch:
    """The first of `forms` that all values fit, if any does."""
    broken = None
    while forms and (value := (yield forms[0])) is not None:
        broken = value, forms[0]
        forms = tuple(form for form in forms[1:] if form.accepts(value))
    for other in forms[1:]:
        if ways.clash(forms[0], other) and (yield other) is None:
            return _resolve_clash(forms, other, broken, ways)
    return FormatSearchResult(forms, None, broken)


def conclude_guess(
    name: str, found: FormatSearchResult, values: ValueStatistics, ways: AllowedFormats
) -> ColumnGuess:
    """The guess for a column whose type nobody said."""
    if not values.count:
        return ColumnGuess(words_only_format(values.words) if values.words else NO_VALUES, None)
    if not found.forms:
        notes = (type_notes.not_fitting_note(name, *found.broken),) if found.broken else ()
        return ColumnGuess(TEXT, (), notes)
    form, note = _select_format(name, found, values, ways)
    nulls = (type_notes.nulls_note(name, values.words),) if values.words and form.type != ColumnType.STRING else ()
    return ColumnGuess(form.allowing(values.words), found.forms, ((note,) if note else ()) + nulls)


def _select_format(
    name: str, found: FormatSearchResult, values: ValueStatistics, ways: AllowedFormats
) -> tuple[ValueFormat, str | None]:
    form = found.forms[0]
    if needs_both_words(form) and values.least == values.greatest:
        return words_only_format([values.least]), type_notes.one_value_note(name, values.least, form)
    if found.rival is not None:
        return ambiguous_format(form, found.rival), type_notes.ambiguous_note(name, values.least, form)
    narrow = narrow_format(form, values.shortest, values.longest, values.negative)
    return narrow, (type_notes.identifiers_note(name) if narrow is not form else None)


def _resolve_clash(
    forms: tuple[ValueFormat, ...], rival: ValueFormat, broken: tuple[str, ValueFormat] | None, ways: AllowedFormats
) -> FormatSearchResult:
    """The clash of the first form with `rival`, unless the sender's notation decides it."""
    if ways.prefers(forms[0]):
        return FormatSearchResult(forms, None, broken)
    if ways.prefers(rival):
        return FormatSearchResult((rival, *(form for form in forms if form != rival)), None, broken)
    return FormatSearchResult(forms, rival, broken)


def sample_statistics(values: Sequence[str], words: Sequence[str]) -> ValueStatistics:
    """The figures of some values, none of them empty or a null word."""
    if not values:
        return ValueStatistics(0, words=tuple(words))
    return ValueStatistics(
        len(values),
        min(values),
        max(values),
        min(map(len, values)),
        max(map(len, values)),
        any(value[0] == "-" for value in values),
        tuple(words),
    )


def search_in_values(
    forms: tuple[ValueFormat, ...], values: Sequence[str], ways: AllowedFormats
) -> FormatSearchResult:
    """The search among values at hand."""
    texts = tuple(dict.fromkeys(values))
    dialogue = search_format(forms, ways)
    try:
        form = next(dialogue)
        while True:
            form = dialogue.send(next((text for text in texts if not form.accepts(text)), None))
    except StopIteration as end:
        found: FormatSearchResult = end.value
        return found
