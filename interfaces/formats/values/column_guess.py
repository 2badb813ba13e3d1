"""Guess the format of a column from its values, with the same rules for the first rows and for all rows.

The search is a generator. It asks for the first value that does not fit a format, drops all formats which that
value does not fit either, and asks again. So most columns need a single question. The answers come from a list of
values or from an SQL query.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

from domain.columns import ColumnType
from interfaces.formats.values import type_notes
from interfaces.formats.values.boolean_forms import needs_both_words
from interfaces.formats.values.form import (
    NO_VALUES,
    TEXT,
    ValueFormat,
    ambiguous_format,
    provisional_text,
    words_only_format,
)
from interfaces.formats.values.forms import AllowedFormats, narrow_format
from interfaces.formats.values.notation_proof import NotationProof, collect_proof
from interfaces.formats.values.numbers.number_forms import EXPONENT_CODES, SCIENTIFIC

FormatSearch = Generator[ValueFormat, str | None, "FormatSearchResult"]
"""Asks for the first value that does not fit a format; None: all values fit."""


@dataclass(frozen=True, slots=True)
class FormatSearchResult:
    """The formats that all values fit, the most likely first.

    `rival` is one of them that reads the same values differently than the first. `broken` is the value that did
    not fit the last format dropped, and that format. `are_codes`: the values could be codes such as 1e5.
    """

    forms: tuple[ValueFormat, ...]
    rival: ValueFormat | None = None
    broken: tuple[str, ValueFormat] | None = None
    are_codes: bool = False


@dataclass(frozen=True, slots=True)
class ValueStatistics:
    """Statistics of a column's values, without null words and empty values; `words` are the null words it has.

    `least` and `greatest` are compared as text, `shortest` and `longest` are lengths in characters.
    """

    count: int
    least: str = ""
    greatest: str = ""
    shortest: int = 0
    longest: int = 0
    negative: bool = False
    words: tuple[str, ...] = ()

    @property
    def example(self) -> str:
        """A value; if possible one that is more than digits."""
        return self.greatest if self.least.isdigit() else self.least


@dataclass(frozen=True, slots=True)
class ColumnGuess:
    """The guessed format of a column, and `notes` about it for people.

    `open` are the formats that the column may have after more rows are read: none if it is certainly text, None if
    it had no value yet. `rival` reads the same values differently. `near` is the format that all but a few values of
    a text column fit; `proves`: it is the only way to read them. `enforced`: the client declared the type, and some
    rows do not fit. `unresolved`: the client declared the type, and the format can be determined only from all rows.
    """

    form: ValueFormat
    open: tuple[ValueFormat, ...] | None
    notes: tuple[str, ...] = ()
    rival: ValueFormat | None = None
    near: ValueFormat | None = None
    proves: bool = False
    enforced: bool = False
    unresolved: bool = False

    @property
    def is_doubtful(self) -> bool:
        """Whether the values alone do not decide how to read them."""
        return self.rival is not None or self.unresolved

    @property
    def proven_form(self) -> ValueFormat:
        """The format of the column's values, or of nearly all of them if that is certain."""
        return self.near if self.near is not None and self.proves else self.form


def search_format(forms: tuple[ValueFormat, ...], allowed: AllowedFormats) -> FormatSearch:
    """Search for the first of `forms` that all values fit."""
    broken = None
    while forms and (value := (yield forms[0])) is not None:
        broken = value, forms[0]
        forms = tuple(form for form in forms[1:] if form.accepts(value))
    if forms[:1] == (SCIENTIFIC,) and (yield EXPONENT_CODES) is None:
        return FormatSearchResult(forms, None, broken, are_codes=True)
    for other in forms[1:]:
        if allowed.clash(forms[0], other) and (yield other) is None:
            return FormatSearchResult(forms, other, broken)
    return FormatSearchResult(forms, None, broken)


def conclude_guess(
    name: str, found: FormatSearchResult, values: ValueStatistics, allowed: AllowedFormats
) -> ColumnGuess:
    """Return the guess for a column whose type is not declared, given the result of its search."""
    if not values.count:
        return ColumnGuess(words_only_format(values.words) if values.words else NO_VALUES, None)
    if not found.forms:
        return ColumnGuess(TEXT, (), near=found.broken[1] if found.broken else None)
    form, note = _select_format(name, found, values, allowed)
    nulls = (type_notes.nulls_note(name, values.words),) if values.words and form.type != ColumnType.STRING else ()
    return ColumnGuess(form.with_words(values.words), found.forms, ((note,) if note else ()) + nulls, found.rival)


def collect_guess_proof(
    names: Sequence[str], guesses: Sequence[ColumnGuess], known: Callable[[str], ValueFormat | None]
) -> NotationProof:
    """What the columns prove that have values, which can be read in one way only. `known` returns what the dataset
    remembers of a column."""
    return collect_proof(
        (name, guess.proven_form, known(name))
        for name, guess in zip(names, guesses, strict=True)
        if not guess.is_doubtful and guess.open is not None
    )


def _select_format(
    name: str, found: FormatSearchResult, values: ValueStatistics, allowed: AllowedFormats
) -> tuple[ValueFormat, str | None]:
    form = found.forms[0]
    if found.are_codes:
        return provisional_text(*EXPONENT_CODES.patterns), type_notes.codes_note(name, values.greatest)
    if needs_both_words(form) and values.least == values.greatest:
        certain = next(
            (other for other in found.forms if other.type is form.type and not needs_both_words(other)), None
        )
        if certain is None:
            return words_only_format([values.least]), type_notes.one_value_note(name, values.least, form)
        return certain, None
    if form == SCIENTIFIC:
        return form, type_notes.exponents_note(name)
    if found.rival is not None:
        return _select_reading(name, form, found.rival, values.example, allowed)
    narrow = narrow_format(form, values.shortest, values.longest, values.negative)
    return narrow, (type_notes.identifiers_note(name) if narrow is not form else None)


def _select_reading(
    name: str, form: ValueFormat, rival: ValueFormat, value: str, allowed: AllowedFormats
) -> tuple[ValueFormat, str | None]:
    """The right one of two formats that read the same values differently, or text if nothing decides."""
    chosen = allowed.choose(form, rival)
    if chosen is None:
        return ambiguous_format(form, rival), type_notes.ambiguous_note(name, value, form)
    return chosen, type_notes.reading_note(name, value, chosen, allowed.proof.find_column(chosen))


def sample_statistics(values: Sequence[str], words: Sequence[str]) -> ValueStatistics:
    """The statistics of `values`, none of which is empty or a null word."""
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
    forms: tuple[ValueFormat, ...], values: Sequence[str], allowed: AllowedFormats
) -> FormatSearchResult:
    """Run the search on a list of values."""
    texts = tuple(dict.fromkeys(values))
    search = search_format(forms, allowed)
    try:
        form = next(search)
        while True:
            form = search.send(next((text for text in texts if not form.accepts(text)), None))
    except StopIteration as end:
        found: FormatSearchResult = end.value
        return found
