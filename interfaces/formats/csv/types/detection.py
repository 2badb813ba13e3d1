"""Determine the format of each column of a CSV file: guess it from the first rows, or resolve it from all rows.

A column with a declared type gets one of that type's formats; rows with other values are rejected.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from application.imports.file_format import FileOptions, RequestedType
from domain.columns import ColumnType
from interfaces.formats.csv.layout.dialect import CsvSample
from interfaces.formats.csv.query import connect_for_csv, records_sql, with_formula_texts_sql
from interfaces.formats.csv.types.declared_types import (
    ambiguous_format_error,
    guess_declared_column,
    resolve_declared_column,
)
from interfaces.formats.csv.types.settling import (
    ColumnQueries,
    find_broken_guesses,
    resolve_broken_columns,
)
from interfaces.formats.values import type_notes
from interfaces.formats.values.blanks import BLANKS, blank_format, has_blanks
from interfaces.formats.values.column_guess import (
    ColumnGuess,
    collect_guess_proof,
    conclude_guess,
    sample_statistics,
    search_in_values,
)
from interfaces.formats.values.form import TEXT, ValueFormat
from interfaces.formats.values.forms import (
    AllowedFormats,
    allow_known_format,
    allowed_formats,
    find_format,
    find_known_format,
)
from interfaces.formats.values.mismatch_notes import MIN_NEAR_SHARE
from interfaces.formats.values.notation_proof import NotationProof
from interfaces.formats.values.numbers.signed_numbers import signed_formats

_MIN_PROOF_SHARE = 0.8
"""The share that must fit so that the column also proves how to read other columns, which is more than a note."""
_PROBES = 7
"""Values whose formats are compared to find the one that nearly all values of a text column fit."""


def guess_columns(sample: CsvSample, names: Sequence[str], options: FileOptions) -> list[ColumnGuess]:
    """Guess each column from the first rows. A column that is text in them is text; any other guess may change.

    Columns that can be read in two ways are read like the others. Raises Invalid `invalid-options`.
    """
    allowed, requested = _allowed_formats(sample, options), _declared_columns(names, options)
    cells = [[row[at] for row in sample.rows if row[at]] for at in range(len(names))]
    if sample.dialect.trims:
        cells = [[text for cell in column if (text := cell.strip(BLANKS))] for column in cells]

    def guess(at: int, allowed: AllowedFormats) -> ColumnGuess:
        allowed = allow_known_format(allowed, names[at], options)
        return _allow_null_words(_guess_column(names[at], cells[at], requested.get(at), allowed), allowed)

    guesses = [guess(at, allowed) for at in range(len(names))]
    if any(one.is_doubtful for one in guesses):
        proven = replace(allowed, proof=_collect_proof(names, guesses, options))
        return [guess(at, proven) if one.is_doubtful else one for at, one in enumerate(guesses)]
    return guesses


def null_text(form: ValueFormat, cells: Sequence[str]) -> str | None:
    """How the first rows write null, if it is one text that cannot be a value of the column; None for empty cells."""
    words = {cell for cell in cells if not cell or cell in form.nulls}
    word = words.pop() if len(words) == 1 else ""
    is_safe = word and form.type is not ColumnType.STRING and not replace(form, nulls=()).accepts(word)
    return word if is_safe else None


def resolve_columns(
    path: Path, sample: CsvSample, guesses: Sequence[ColumnGuess], names: Sequence[str], options: FileOptions
) -> list[ColumnGuess]:
    """Check the guesses on all rows; replace a guess that some row does not fit by a format that all rows fit.

    Raises Invalid `ambiguous-format` if a type is declared and the values can be read in two ways.
    """
    with connect_for_csv(path, sample.width) as connection:
        relation = records_sql(path, sample.dialect, sample.width)
        relation = with_formula_texts_sql(relation, sample.width, sample.formula_texts)
        queries = ColumnQueries(connection, relation, _allowed_formats(sample, options))
        resolving = _ColumnResolving(queries, names, options, _declared_columns(names, options))
        result = resolving.resolve(guesses, find_broken_guesses(queries, guesses))
        if any(guess.is_doubtful for guess in result):
            proof = _collect_proof(names, result, options)
            proven = replace(resolving, queries=replace(queries, allowed=replace(queries.allowed, proof=proof)))
            doubtful: Mapping[int, str | None] = {at: None for at, guess in enumerate(result) if guess.is_doubtful}
            result = proven.resolve(result, doubtful)
        for at, guess in enumerate(result):
            if guess.unresolved:
                raise ambiguous_format_error(queries, at, names[at], guess.form)
    return result


@dataclass(frozen=True, slots=True)
class _ColumnResolving:
    """Determines formats from all rows; `requested` are the declared types by column."""

    queries: ColumnQueries
    names: Sequence[str]
    options: FileOptions
    requested: Mapping[int, RequestedType]

    def resolve(self, guesses: Sequence[ColumnGuess], broken: Mapping[int, str | None]) -> list[ColumnGuess]:
        """The guesses, with new ones for the columns in `broken`; see `find_broken_guesses`."""
        result, allowed = list(guesses), self.queries.allowed
        free = {at: value for at, value in broken.items() if at not in self.requested}
        for at, guess in resolve_broken_columns(self.queries, guesses, self.names, free).items():
            result[at] = _allow_null_words(guess, allowed)
        for at in broken.keys() - free.keys():
            name = self.names[at]
            queries = replace(self.queries, allowed=allow_known_format(allowed, name, self.options))
            guess = resolve_declared_column(queries, at, name, self.requested[at], guesses[at].form)
            result[at] = _allow_null_words(guess, queries.allowed)
        return result


def _collect_proof(names: Sequence[str], guesses: Sequence[ColumnGuess], options: FileOptions) -> NotationProof:
    return collect_guess_proof(names, guesses, lambda name: find_known_format(name, options))


def _allowed_formats(sample: CsvSample, options: FileOptions) -> AllowedFormats:
    """The formats that the options allow. Semicolons separate the cells where commas are decimal signs."""
    doubts_points = sample.dialect.delimiter == ";"
    return replace(allowed_formats(options), doubts_points=doubts_points, is_canonical=sample.marks.canonical)


def _declared_columns(names: Sequence[str], options: FileOptions) -> dict[int, RequestedType]:
    for requested in options.columns.values():
        find_format(requested.type, requested.format)
    return {names.index(name): requested for name, requested in options.columns.items() if name in names}


def _guess_column(
    name: str, cells: Sequence[str], requested: RequestedType | None, allowed: AllowedFormats
) -> ColumnGuess:
    if requested is not None and requested.type is ColumnType.STRING:
        return ColumnGuess(TEXT, ())
    values = [cell for cell in cells if cell not in allowed.nulls]
    words = tuple(sorted({cell for cell in cells if cell in allowed.nulls})) if len(values) < len(cells) else ()
    if requested is not None:
        return guess_declared_column(name, requested, values, words, allowed)
    found = search_in_values(allowed.formats_for(values[0]) if values else (), values, allowed)
    if values and not found.forms:
        return _guess_blank_values(name, cells, allowed) or _guess_text(name, values, allowed)
    return conclude_guess(name, found, sample_statistics(values, words), allowed)


def _guess_blank_values(name: str, cells: Sequence[str], allowed: AllowedFormats) -> ColumnGuess | None:
    """The guess of a column whose values all have blanks around them, and a type without them; else None."""
    if not allowed.trims or not all(map(has_blanks, cells)):
        return None
    trimmed = [text for cell in cells if (text := cell.strip(BLANKS))]
    values = [text for text in trimmed if text not in allowed.nulls]
    words = sorted(set(trimmed) & allowed.nulls)
    if not values:
        return None
    found = search_in_values(allowed.formats_for(values[0]), values, allowed)
    guess = conclude_guess(name, found, sample_statistics(values, words), allowed)
    if guess.form.type is ColumnType.STRING:
        return None
    form, *others = (blank_format(form, words) for form in (replace(guess.form, nulls=()), *found.forms))
    return replace(guess, form=form, open=tuple(others), notes=(*guess.notes, type_notes.blanks_note(name)))


def _guess_text(name: str, values: Sequence[str], allowed: AllowedFormats) -> ColumnGuess:
    """The guess of text, with the format that nearly all values fit."""
    texts = [text for value in values if (text := value.strip(BLANKS)) and text not in allowed.nulls]
    form = _near_format(texts, allowed)
    if form is not None:
        fitting = [text for text in texts if form.accepts(text)]
        found = search_in_values((form, *allowed.formats_for(fitting[0])), fitting, allowed)
        variants = (form, blank_format(form, allowed.nulls)) if allowed.trims else (form,)
        counts = [sum(map(near.accepts, values)) for near in variants]
        if any(counts):
            near = variants[counts.index(max(counts))]
            proves = found.rival is None and counts[0] >= _MIN_PROOF_SHARE * len(values)
            return ColumnGuess(TEXT, (), near=near, proves=proves)
    signed = _find_signed_number(values, allowed)
    return ColumnGuess(TEXT, (), () if signed is None else (type_notes.signed_note(name, signed),))


def _near_format(texts: Sequence[str], allowed: AllowedFormats) -> ValueFormat | None:
    """The format that most of the values fit, if nearly all do."""
    probes = texts[:: max(1, len(texts) // _PROBES)]
    counts = {
        form: sum(map(form.accepts, texts))
        for form in dict.fromkeys(form for text in probes for form in allowed.formats_for(text))
    }
    best = max(counts, key=lambda form: counts[form], default=None)
    return best if best is not None and counts[best] >= MIN_NEAR_SHARE * len(texts) else None


def _find_signed_number(values: Sequence[str], allowed: AllowedFormats) -> str | None:
    """The first signed number, if all values are numbers that are read as such only if the client says so."""
    value = next((value for value in values if not allowed.formats_for(value)), values[0])
    forms = signed_formats(ColumnType.DECIMAL, value, allowed.numbers)
    return value if any(all(map(form.accepts, values)) for form in forms) else None


def _allow_null_words(guess: ColumnGuess, allowed: AllowedFormats) -> ColumnGuess:
    """Add the null words of the options to the guess if they apply to every column."""
    if not allowed.null_everywhere:
        return guess
    return replace(guess, form=guess.form.with_nulls(tuple(sorted(allowed.nulls))))
