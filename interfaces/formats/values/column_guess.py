"""What is known of a column's values, and which form that makes it: the same rules for some rows and for all.

The search for a form is a dialogue: it asks for the first value that breaks a form, drops the forms which that
value breaks too, and asks again. So most columns need one question, whoever answers it.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass

from domain.columns import ColumnType
from interfaces.formats.values import type_notes
from interfaces.formats.values.boolean_forms import needs_both
from interfaces.formats.values.form import NOTHING, TEXT, Form, only, undecided
from interfaces.formats.values.forms import Ways, narrowed

Search = Generator[Form, str | None, "Found"]
"""Asks for the first value that breaks a form; None: no value does."""


@dataclass(frozen=True, slots=True)
class Found:
    """The forms that fit, the likelier first, and one of them with which the first clashes.

    `broken`: the value that broke the last form, and that form.
    """

    forms: tuple[Form, ...]
    rival: Form | None = None
    broken: tuple[str, Form] | None = None


@dataclass(frozen=True, slots=True)
class Values:
    """Figures of a column's values, null words and empty ones left out; `words` are the null words it has."""

    count: int
    least: str = ""
    greatest: str = ""
    shortest: int = 0
    longest: int = 0
    negative: bool = False
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Guess:
    """A column's form. `open` are those that more rows might show instead: none once it is proven to be text,
    and None where no value has shown anything yet. `notes` say what a person should know of it.

    `forced`: the type was said beforehand and not all rows fit. `unsettled`: it was said, and only all rows can
    tell the form.
    """

    form: Form
    open: tuple[Form, ...] | None
    notes: tuple[str, ...] = ()
    forced: bool = False
    unsettled: bool = False


def search(forms: tuple[Form, ...], ways: Ways) -> Search:
    """The first of `forms` that all values fit, if any does."""
    broken = None
    while forms and (value := (yield forms[0])) is not None:
        broken = value, forms[0]
        forms = tuple(form for form in forms[1:] if form.accepts(value))
    for other in forms[1:]:
        if ways.clash(forms[0], other) and (yield other) is None:
            return _preferred(forms, other, broken, ways)
    return Found(forms, None, broken)


def concluded(name: str, found: Found, values: Values, ways: Ways) -> Guess:
    """The guess for a column whose type nobody said."""
    if not values.count:
        return Guess(only(values.words) if values.words else NOTHING, None)
    if not found.forms:
        notes = (type_notes.not_fitting(name, *found.broken),) if found.broken else ()
        return Guess(TEXT, (), notes)
    form, note = _typed(name, found, values, ways)
    nulls = (type_notes.nulls(name, values.words),) if values.words and form.type != ColumnType.STRING else ()
    return Guess(form.allowing(values.words), found.forms, ((note,) if note else ()) + nulls)


def _typed(name: str, found: Found, values: Values, ways: Ways) -> tuple[Form, str | None]:
    form = found.forms[0]
    if needs_both(form) and values.least == values.greatest:
        return only([values.least]), type_notes.one_value(name, values.least, form)
    if found.rival is not None:
        return undecided(form, found.rival), type_notes.ambiguous(name, values.least, form)
    narrow = narrowed(form, values.shortest, values.longest, values.negative)
    return narrow, (type_notes.identifiers(name) if narrow is not form else None)


def _preferred(forms: tuple[Form, ...], rival: Form, broken: tuple[str, Form] | None, ways: Ways) -> Found:
    """The clash of the first form with `rival`, unless the sender's notation decides it."""
    if ways.prefers(forms[0]):
        return Found(forms, None, broken)
    if ways.prefers(rival):
        return Found((rival, *(form for form in forms if form != rival)), None, broken)
    return Found(forms, rival, broken)


def of_sample(values: Sequence[str], words: Sequence[str]) -> Values:
    """The figures of some values, none of them empty or a null word."""
    if not values:
        return Values(0, words=tuple(words))
    return Values(
        len(values),
        min(values),
        max(values),
        min(map(len, values)),
        max(map(len, values)),
        any(value[0] == "-" for value in values),
        tuple(words),
    )


def answered(forms: tuple[Form, ...], values: Sequence[str], ways: Ways) -> Found:
    """The search among values at hand."""
    texts = tuple(dict.fromkeys(values))
    dialogue = search(forms, ways)
    try:
        form = next(dialogue)
        while True:
            form = dialogue.send(next((text for text in texts if not form.accepts(text)), None))
    except StopIteration as end:
        found: Found = end.value
        return found
