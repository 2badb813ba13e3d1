"""Determine the formats of columns whose type the client declared.

It is the format of that type which all rows fit, or else the one that most rows fit; the other rows are rejected.
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
    name: str, requested: RequestedType, values: Sequence[str], words: Sequence[str], allowed: AllowedFormats
) -> ColumnGuess:
    """Guess the format from the first rows' values and null words.

    It is unresolved if not all values fit, or if they can be read in two ways.
    """
    notes = (type_notes.nulls_note(name, words),) if words else ()
    canonical = find_format(requested.type, requested.format)
    if not values:
        return ColumnGuess(canonical.with_words(words), None, notes)
    named = _has_fixed_format(requested)
    forms = search_in_values(
        (canonical,) if named else accepting_formats_of_type(allowed, requested.type, values[0]), values, allowed
    ).forms
    if not forms:
        return ColumnGuess(canonical.with_words(words), None, notes, unresolved=True)
    doubtful = not named and any(
        allowed.clash(forms[0], rival) and all(map(rival.accepts, values)) for rival in allowed.formats_for(values[0])
    )
    return ColumnGuess(forms[0].with_words(words), forms, notes, unresolved=doubtful)


def resolve_declared_column(queries: ColumnQueries, at: int, name: str, requested: RequestedType) -> ColumnGuess:
    """Determine the format from all rows. Raises Invalid `ambiguous-format` if they can be read in two ways."""
    allowed, value = queries.allowed, queries.value(at)
    forms, rivals = _candidate_formats(queries, at, requested)
    pairs = [(form, rival) for form in forms for rival in rivals if allowed.clash(form, rival)]
    (words, count, *answers) = queries.select(
        [
            queries.words(at),
            f"count(nullif({value}, ''))",
            *(f"count(if({value} <> '' and {value_fits_sql(value, form)}, 1, null))" for form in forms),
            *(_evidence_sql(value, form, rival) for form, rival in pairs),
        ]
    )
    counts = dict(zip(forms, answers, strict=False))
    doubts = {pair for pair, proof in zip(pairs, answers[len(forms) :], strict=True) if proof is None}
    form = _best_format(name, forms, counts, doubts, allowed) or find_format(requested.type, requested.format)
    known = tuple(sorted(word for word in words if word is not None)) if isinstance(words, list) else ()
    notes = (type_notes.nulls_note(name, known),) if known and not allowed.null_everywhere else ()
    return ColumnGuess(form.with_words(known), forms, notes, enforced=counts.get(form, 0) != count)


def _has_fixed_format(requested: RequestedType) -> bool:
    return requested.format is not None or requested.type is ColumnType.JSON


def _candidate_formats(
    queries: ColumnQueries, at: int, requested: RequestedType
) -> tuple[tuple[ValueFormat, ...], tuple[ValueFormat, ...]]:
    """The formats of the declared type that some of the first values fit, and all formats that they fit."""
    if _has_fixed_format(requested):
        return (find_format(requested.type, requested.format),), ()
    query = (
        f"select distinct v from (select v from (select {queries.value(at)} as v from {queries.relation}) "  # noqa: S608
        f"where v <> '' limit {_PROBED_ROWS}) order by v"
    )
    values = [value for (value,) in queries.connection.execute(query).fetchall()]
    mine = dict.fromkeys(
        form for value in values for form in accepting_formats_of_type(queries.allowed, requested.type, value)
    )
    others = dict.fromkeys(form for value in values for form in queries.allowed.formats_for(value))
    return tuple(mine), tuple(others)


def _evidence_sql(value: str, form: ValueFormat, rival: ValueFormat) -> str:
    """An aggregate: a value that fits `form` but not `rival`, null if there is none."""
    fits_only_one = f"{value_fits_sql(value, form)} and not ({value_fits_sql(value, rival)})"
    return f"any_value(if({value} <> '' and {fits_only_one}, {value}, null))"


def _best_format(
    name: str,
    forms: Sequence[ValueFormat],
    counts: dict[ValueFormat, object],
    doubts: set[tuple[ValueFormat, ValueFormat]],
    allowed: AllowedFormats,
) -> ValueFormat | None:
    """The format that most values fit, unless a rival reads the same values differently and no option decides."""
    for form in sorted(forms, key=lambda form: -int(str(counts[form]))):
        rivals = [rival for one, rival in doubts if one == form]
        if not rivals or allowed.prefers(form):
            return form
        if DECIMAL not in rivals and not any(map(allowed.prefers, rivals)):
            raise _ambiguous_format_error(name, form)
    return None


def _ambiguous_format_error(name: str, form: ValueFormat) -> Invalid:
    example = "1,234" if form.is_number else "03/04/2024"
    detail = f"Column {name!r}: {type_notes.describe_ambiguity(example, form)}"
    return Invalid("ambiguous-format", detail, (Fault("options", "ambiguous-format", detail),))
