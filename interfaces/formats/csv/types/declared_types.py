"""Columns whose type was said beforehand: which of the type's forms their values have.

The form that fits all rows, or else the one that fits most of them: the rows that break it are rejects.
"""

from collections.abc import Sequence

from application.imports.file_format import Wanted
from domain.columns import ColumnType
from domain.errors import Fault, Invalid
from interfaces.formats.csv.query import fits
from interfaces.formats.csv.types.settling import Questions
from interfaces.formats.values import type_notes
from interfaces.formats.values.column_guess import Guess, answered
from interfaces.formats.values.form import Form
from interfaces.formats.values.forms import Ways, form_of, of_type
from interfaces.formats.values.number_forms import DECIMAL

_PROBED = 1_000


def wanted_guess(name: str, wanted: Wanted, values: Sequence[str], words: Sequence[str], ways: Ways) -> Guess:
    """What the first rows say. Only all rows can settle it if not every one of these fits, or two readings do."""
    notes = (type_notes.nulls(name, words),) if words else ()
    canonical = form_of(wanted.type, wanted.format)
    if not values:
        return Guess(canonical.allowing(words), None, notes)
    named = _is_named(wanted)
    forms = answered((canonical,) if named else of_type(ways, wanted.type, values[0]), values, ways).forms
    if not forms:
        return Guess(canonical.allowing(words), None, notes, unsettled=True)
    doubtful = not named and any(
        ways.clash(forms[0], rival) and all(map(rival.accepts, values)) for rival in ways.accepting(values[0])
    )
    return Guess(forms[0].allowing(words), forms, notes, unsettled=doubtful)


def settled_as_wanted(questions: Questions, at: int, name: str, wanted: Wanted) -> Guess:
    """What all rows say. Raises Invalid `ambiguous-format` where nothing tells two readings apart."""
    ways, value = questions.ways, questions.value(at)
    forms, rivals = _candidates(questions, at, wanted)
    pairs = [(form, rival) for form in forms for rival in rivals if ways.clash(form, rival)]
    (words, count, *answers) = questions.answers(
        [
            questions.words(at),
            f"count(nullif({value}, ''))",
            *(f"count(if({value} <> '' and {fits(value, form)}, 1, null))" for form in forms),
            *(_evidence(value, form, rival) for form, rival in pairs),
        ]
    )
    counts = dict(zip(forms, answers, strict=False))
    doubts = {pair for pair, proof in zip(pairs, answers[len(forms) :], strict=True) if proof is None}
    form = _best(name, forms, counts, doubts, ways) or form_of(wanted.type, wanted.format)
    known = tuple(sorted(word for word in words if word is not None)) if isinstance(words, list) else ()
    notes = (type_notes.nulls(name, known),) if known and not ways.null_everywhere else ()
    return Guess(form.allowing(known), forms, notes, forced=counts.get(form, 0) != count)


def _is_named(wanted: Wanted) -> bool:
    return wanted.format is not None or wanted.type is ColumnType.JSON


def _candidates(questions: Questions, at: int, wanted: Wanted) -> tuple[tuple[Form, ...], tuple[Form, ...]]:
    """The forms of the type that some of the column's first values have, and all others they might have."""
    if _is_named(wanted):
        return (form_of(wanted.type, wanted.format),), ()
    query = (
        f"select distinct v from (select v from (select {questions.value(at)} as v from {questions.relation}) "  # noqa: S608
        f"where v <> '' limit {_PROBED}) order by v"
    )
    values = [value for (value,) in questions.connection.execute(query).fetchall()]
    mine = dict.fromkeys(form for value in values for form in of_type(questions.ways, wanted.type, value))
    others = dict.fromkeys(form for value in values for form in questions.ways.accepting(value))
    return tuple(mine), tuple(others)


def _evidence(value: str, form: Form, rival: Form) -> str:
    """An aggregate: a value that only the one form fits, null if there is none."""
    return f"any_value(if({value} <> '' and {fits(value, form)} and not ({fits(value, rival)}), {value}, null))"


def _best(
    name: str,
    forms: Sequence[Form],
    counts: dict[Form, object],
    doubts: set[tuple[Form, Form]],
    ways: Ways,
) -> Form | None:
    """The form that fits most, if nothing but its rows' plain reading speaks against it."""
    for form in sorted(forms, key=lambda form: -int(str(counts[form]))):
        rivals = [rival for one, rival in doubts if one == form]
        if not rivals or ways.prefers(form):
            return form
        if DECIMAL not in rivals and not any(map(ways.prefers, rivals)):
            raise _ambiguous(name, form)
    return None


def _ambiguous(name: str, form: Form) -> Invalid:
    example = "1,234" if form.is_number else "03/04/2024"
    detail = f"Column {name!r}: {type_notes.doubt(example, form)}"
    return Invalid("ambiguous-format", detail, (Fault("options", "ambiguous-format", detail),))
