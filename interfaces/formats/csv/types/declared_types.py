"""Columns whose type was said beforehand: which of the type's forms their values have.

The form that fits all rows, or else the one that fits most of them: the rows that break it are rejects.
"""

from collections.abc import Sequence

from application.imports.file_format import RequestedType
from domain.columns import ColumnType
from domain.errors import Fault, Invalid
from interfaces.formats.csv.query import value_fits_sql
from interfaces.formats.csv.types.settling import ColumnQueries
from interfaces.formats.values import type_notes
from interfaces.formats.values.column_guess import ColumnGuess, search_in_values
from interfaces.formats.values.form import ValueFormat
from interfaces.formats.values.forms import AllowedFormats, accepting_formats_of_type, find_format
from interfaces.formats.values.number_forms import DECIMAL

_PROBED_ROWS = 1_000


def guess_declared_column(
    name: str, wanted: RequestedType, values: Sequence[str], words: Sequence[str], ways: AllowedFormats
) -> ColumnGuess:
    """What the first rows say. Only all rows can settle it if not every one of these fits, or two readings do."""
    notes = (type_notes.nulls_note(name, words),) if words else ()
    canonical = find_format(wanted.type, wanted.format)
    if not values:
        return ColumnGuess(canonical.allowing(words), None, notes)
    named = _has_fixed_format(wanted)
    forms = search_in_values(
        (canonical,) if named else accepting_formats_of_type(ways, wanted.type, values[0]), values, ways
    ).forms
    if not forms:
        return ColumnGuess(canonical.allowing(words), None, notes, unsettled=True)
    doubtful = not named and any(
        ways.clash(forms[0], rival) and all(map(rival.accepts, values)) for rival in ways.accepting(values[0])
    )
    return ColumnGuess(forms[0].allowing(words), forms, notes, unsettled=doubtful)


def resolve_declared_column(questions: ColumnQueries, at: int, name: str, wanted: RequestedType) -> ColumnGuess:
    """What all rows say. Raises Invalid `ambiguous-format` where nothing tells two readings apart."""
    ways, value = questions.ways, questions.value(at)
    forms, rivals = _candidate_formats(questions, at, wanted)
    pairs = [(form, rival) for form in forms for rival in rivals if ways.clash(form, rival)]
    (words, count, *answers) = questions.answers(
        [
            questions.words(at),
            f"count(nullif({value}, ''))",
            *(f"count(if({value} <> '' and {value_fits_sql(value, form)}, 1, null))" for form in forms),
            *(_evidence_sql(value, form, rival) for form, rival in pairs),
        ]
    )
    counts = dict(zip(forms, answers, strict=False))
    doubts = {pair for pair, proof in zip(pairs, answers[len(forms) :], strict=True) if proof is None}
    form = _best_format(name, forms, counts, doubts, ways) or find_format(wanted.type, wanted.format)
    known = tuple(sorted(word for word in words if word is not None)) if isinstance(words, list) else ()
    notes = (type_notes.nulls_note(name, known),) if known and not ways.null_everywhere else ()
    return ColumnGuess(form.allowing(known), forms, notes, forced=counts.get(form, 0) != count)


def _has_fixed_format(wanted: RequestedType) -> bool:
    return wanted.format is not None or wanted.type is ColumnType.JSON


def _candidate_formats(
    questions: ColumnQueries, at: int, wanted: RequestedType
) -> tuple[tuple[ValueFormat, ...], tuple[ValueFormat, ...]]:
    """The forms of the type that some of the column's first values have, and all others they might have."""
    if _has_fixed_format(wanted):
        return (find_format(wanted.type, wanted.format),), ()
    query = (
        f"select distinct v from (select v from (select {questions.value(at)} as v from {questions.relation}) "  # noqa: S608
        f"where v <> '' limit {_PROBED_ROWS}) order by v"
    )
    values = [value for (value,) in questions.connection.execute(query).fetchall()]
    mine = dict.fromkeys(
        form for value in values for form in accepting_formats_of_type(questions.ways, wanted.type, value)
    )
    others = dict.fromkeys(form for value in values for form in questions.ways.accepting(value))
    return tuple(mine), tuple(others)


def _evidence_sql(value: str, form: ValueFormat, rival: ValueFormat) -> str:
    """An aggregate: a value that only the one form fits, null if there is none."""
    fits_only_one = f"{value_fits_sql(value, form)} and not ({value_fits_sql(value, rival)})"
    return f"any_value(if({value} <> '' and {fits_only_one}, {value}, null))"


def _best_format(
    name: str,
    forms: Sequence[ValueFormat],
    counts: dict[ValueFormat, object],
    doubts: set[tuple[ValueFormat, ValueFormat]],
    ways: AllowedFormats,
) -> ValueFormat | None:
    """The form that fits most, if nothing but its rows' plain reading speaks against it."""
    for form in sorted(forms, key=lambda form: -int(str(counts[form]))):
        rivals = [rival for one, rival in doubts if one == form]
        if not rivals or ways.prefers(form):
            return form
        if DECIMAL not in rivals and not any(map(ways.prefers, rivals)):
            raise _ambiguous_format_error(name, form)
    return None


def _ambiguous_format_error(name: str, form: ValueFormat) -> Invalid:
    example = "1,234" if form.is_number else "03/04/2024"
    detail = f"Column {name!r}: {type_notes.describe_ambiguity(example, form)}"
    return Invalid("ambiguous-format", detail, (Fault("options", "ambiguous-format", detail),))
