"""Determine the formats of columns whose type the client declared.

It is the format of that type which all rows fit, or else the one that most rows fit; the other rows are rejected.
"""

from collections.abc import Iterable, Mapping, Sequence

from application.imports.file_format import RequestedType
from domain.columns import ColumnType
from domain.errors import Fault, Invalid
from interfaces.formats.csv.query import value_fits_sql
from interfaces.formats.csv.types.settling import ColumnQueries
from interfaces.formats.values import type_notes
from interfaces.formats.values.blanks import BLANKS, blank_format, has_blanks
from interfaces.formats.values.column_guess import ColumnGuess, search_in_values
from interfaces.formats.values.form import ValueFormat
from interfaces.formats.values.forms import AllowedFormats, accepting_formats_of_type, find_format, mixed_formats
from interfaces.formats.values.numbers.signed_numbers import is_tolerant, tolerant_variant

_PROBED_ROWS = 1_000
_MAX_CANDIDATES = 12


def guess_declared_column(
    name: str, requested: RequestedType, values: Sequence[str], words: Sequence[str], allowed: AllowedFormats
) -> ColumnGuess:
    """Guess the format from the first rows' values and null words.

    It is unresolved if not all values fit, or if they can be read in two ways.
    """
    notes = (type_notes.nulls_note(name, words),) if words else ()
    usual = _usual_format(requested, allowed)
    if not values:
        return ColumnGuess(usual.with_words(words), None, notes)
    named = _has_fixed_format(requested)
    candidates = _named_formats(requested) if named else accepting_formats_of_type(allowed, requested.type, values[0])
    forms = search_in_values(candidates, values, allowed).forms
    if not named and (not forms or is_tolerant(forms[0])):
        candidates = _formats_of_values(allowed, requested.type, values)
        forms = search_in_values(candidates, values, allowed).forms
    if not forms:
        return ColumnGuess(usual.with_words(words), None, notes, unresolved=True)
    decided = named or (forms[0].is_number and not any(map(_has_separator, values)))
    rivals = () if decided else (*candidates, *allowed.formats_for(values[0]))
    rival = next((one for one in rivals if allowed.clash(forms[0], one) and all(map(one.accepts, values))), None)
    unresolved = rival is not None and allowed.choose(forms[0], rival) != forms[0]
    notes = (*notes, *type_notes.declared_notes(name, forms[0]))
    return ColumnGuess(forms[0].with_words(words), forms, notes, rival, unresolved=unresolved)


def resolve_declared_column(
    queries: ColumnQueries, at: int, name: str, requested: RequestedType, guessed: ValueFormat
) -> ColumnGuess:
    """Determine the format from all rows. It stays unresolved if they can be read in two ways and nothing decides."""
    allowed, value = queries.allowed, queries.value(at)
    forms, rivals = _candidate_formats(queries, at, requested, guessed)
    pairs = [(form, rival) for form in forms for rival in rivals if allowed.clash(form, rival)]
    (bits, count, *answers) = queries.select(
        [
            queries.words_sql(at),
            f"count(nullif({value}, ''))",
            *(f"count(if({value} <> '' and {value_fits_sql(value, form)}, 1, null))" for form in forms),
            *(_evidence_sql(value, form, rival) for form, rival in pairs),
        ]
    )
    counts = {form: int(str(answer)) for form, answer in zip(forms, answers, strict=False)}
    doubts = [pair for pair, proof in zip(pairs, answers[len(forms) :], strict=True) if proof is None]
    form, rival, is_right = _best_format(counts, doubts, allowed)
    form = form or _usual_format(requested, allowed)
    known = queries.read_words(bits)
    notes = (type_notes.nulls_note(name, known),) if known and not allowed.null_everywhere else ()
    notes = (*notes, *type_notes.declared_notes(name, form))
    enforced = counts.get(form, 0) != count
    found = forms if count else None
    return ColumnGuess(form.with_words(known), found, notes, rival, enforced=enforced, unresolved=not is_right)


def ambiguous_format_error(queries: ColumnQueries, at: int, name: str, form: ValueFormat) -> Invalid:
    """The refusal of a column of a declared type whose values can be read in two ways, with such a value."""
    value = queries.value(at)
    is_example = f"{value_fits_sql(value, form)} and not regexp_full_match({value}, '-?[0-9]+')"
    (example,) = queries.select([f"min(if({is_example}, {value}, null))"])
    detail = f"Column {name!r}: {type_notes.describe_ambiguity(str(example), form)}"
    return Invalid("ambiguous-format", detail, (Fault("options", "ambiguous-format", detail),))


def _has_fixed_format(requested: RequestedType) -> bool:
    return requested.format is not None or requested.type is ColumnType.JSON


def _usual_format(requested: RequestedType, allowed: AllowedFormats) -> ValueFormat:
    """The format of a column without values: in that of the dataset, an empty cell may mean false."""
    known = allowed.known
    if known is None or known.type is not requested.type or requested.format is not None or allowed.is_canonical:
        return find_format(requested.type, requested.format)
    return known


def _named_formats(requested: RequestedType) -> tuple[ValueFormat, ...]:
    """The format that the client named; then, for a number, the same with other signs."""
    form = find_format(requested.type, requested.format)
    return (form, tolerant_variant(form)) if form.is_number else (form,)


def _formats_of_values(
    allowed: AllowedFormats, column_type: ColumnType, values: Iterable[str]
) -> tuple[ValueFormat, ...]:
    """The formats of the type that some of the values fit; tolerant ones and the one of mixed values last."""
    found = dict.fromkeys(form for value in values for form in _accepting_formats(allowed, column_type, value))
    return (*sorted(found, key=is_tolerant), *(mixed_formats(allowed, column_type) if found else ()))


def _accepting_formats(allowed: AllowedFormats, column_type: ColumnType, value: str) -> tuple[ValueFormat, ...]:
    if not has_blanks(value):
        return accepting_formats_of_type(allowed, column_type, value)
    text = value.strip(BLANKS)
    return tuple(blank_format(form) for form in accepting_formats_of_type(allowed, column_type, text)) if text else ()


def _candidate_formats(
    queries: ColumnQueries, at: int, requested: RequestedType, guessed: ValueFormat
) -> tuple[tuple[ValueFormat, ...], tuple[ValueFormat, ...]]:
    """The formats of the declared type that values fit best, and all formats that they fit.

    The values are those of the first rows, and some that do not fit the guessed format.
    """
    if _has_fixed_format(requested):
        return _named_formats(requested), ()
    value, misfits = queries.value(at), f"not ({value_fits_sql('v', guessed)})"
    probe = (
        f"select distinct v from (select v from (select {value} as v from {queries.relation}) "  # noqa: S608
        f"where v <> '' {{}} limit {_PROBED_ROWS}) order by v"
    )
    probes = [probe.replace("{}", "")] + ([probe.replace("{}", f"and {misfits}")] if guessed.patterns else [])
    values = [value for query in probes for (value,) in queries.connection.execute(query).fetchall()]
    mine = _formats_of_values(queries.allowed, requested.type, values)
    counts = {form: sum(map(form.accepts, values)) for form in mine}
    best = sorted(mine, key=lambda form: -counts[form])[:_MAX_CANDIDATES]
    others = dict.fromkeys(form for value in values for form in queries.allowed.formats_for(value))
    return tuple(sorted(best, key=is_tolerant)), tuple(dict.fromkeys((*mine, *others)))


def _has_separator(text: str) -> bool:
    """Whether a number has a point or a comma, which could separate thousands or decimals."""
    return "," in text or "." in text


def _evidence_sql(value: str, form: ValueFormat, rival: ValueFormat) -> str:
    """An aggregate: a value that fits `form` but not `rival`; null if there is none.

    Numbers without any separator are read in one way: then it is not null.
    """
    fits = value_fits_sql(value, form)
    only_one = f"any_value(if({value} <> '' and {fits} and not ({value_fits_sql(value, rival)}), {value}, null))"
    if not form.is_number:
        return only_one
    has_separators = f"bool_or({value} <> '' and {fits} and regexp_matches({value}, '[.,]'))"
    return f"coalesce({only_one}, if({has_separators}, null, ''))"


def _best_format(
    counts: Mapping[ValueFormat, int], doubts: Sequence[tuple[ValueFormat, ValueFormat]], allowed: AllowedFormats
) -> tuple[ValueFormat | None, ValueFormat | None, bool]:
    """The format that most values fit, a rival that reads them differently, and whether something decides for it.

    Formats whose rival is right are left out.
    """
    for form in sorted(counts, key=lambda form: -counts[form]):
        rivals = [rival for one, rival in doubts if one == form]
        chosen = [allowed.choose(form, rival) for rival in rivals]
        if all(one in (form, None) for one in chosen):
            return form, next(iter(rivals), None), None not in chosen
    return None, None, True
