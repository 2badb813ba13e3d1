"""Find the values that keep a column from having a type: the first of them with their lines, and their number.

A column that is text in the first rows needs nothing but these. If its type was guessed from them and broken further
down, all rows are examined: one pass for all such columns, and another if the type proves to be a wider one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from interfaces.formats.csv.careful_reading import find_lines
from interfaces.formats.csv.layout.dialect import CsvSample
from interfaces.formats.csv.query import connect_for_csv, records_sql, value_fits_sql
from interfaces.formats.csv.table import CsvTable
from interfaces.formats.csv.types.remedies import find_remedy, type_to_declare
from interfaces.formats.csv.types.settling import ColumnQueries
from interfaces.formats.values.blanks import BLANKS
from interfaces.formats.values.column_guess import ColumnGuess
from interfaces.formats.values.form import ValueFormat
from interfaces.formats.values.forms import AllowedFormats
from interfaces.formats.values.mismatch_notes import MAX_EXAMPLES, Mismatch, NearType, mismatches_note

_PROBED = 100
"""Values that are examined to find out which of the possible formats most values fit."""
_MAX_COLUMNS = 20
"""The most columns of which all rows are examined."""
_BATCH_COLUMNS = 10
"""DuckDB's time for one query grows with the square of its aggregates."""


@dataclass(frozen=True, slots=True)
class _Mismatches:
    """Values that do not fit `form`, which the others fit: their number, the first of them, and their records."""

    form: ValueFormat
    count: int
    values: tuple[str, ...]
    records: tuple[int, ...]


def mismatch_notes(
    table: CsvTable,
    sample: CsvSample,
    first: Sequence[ColumnGuess],
    guesses: Sequence[ColumnGuess],
    allowed: AllowedFormats,
) -> Iterator[str]:
    """The notes on the columns that nearly have a type; `first` are the guesses from the first rows."""
    near = {at: guess.near for at, guess in enumerate(guesses) if guess.near is not None}
    notes = {at: note for at, form in near.items() if (note := _sample_note(table, sample, at, form, allowed))}
    others = [at for at in near if at not in notes]
    candidates = {at: first[at].open or (near[at],) for at in others[:_MAX_COLUMNS]}
    notes |= dict(_row_notes(table, candidates, allowed)) if candidates else {}
    yield from (notes[at] for at in sorted(notes))
    if len(others) > _MAX_COLUMNS:
        yield (
            f"{len(others):,} columns have a type in the first rows only;"
            f" {_MAX_COLUMNS} of them were examined for the values that do not fit."
        )


def _sample_note(
    table: CsvTable, sample: CsvSample, at: int, form: ValueFormat, allowed: AllowedFormats
) -> str | None:
    cells = ((row[at].strip(BLANKS) if sample.dialect.trims else row[at]) for row in sample.rows)
    found = [
        (cell, f"line {line:,}")
        for cell, line in zip(cells, sample.lines, strict=True)
        if cell and cell not in allowed.nulls and not form.accepts(cell)
    ]
    if not found:
        return None
    within = "" if sample.is_all else f" in the first {len(sample.rows):,} rows"
    return _build_note(table.columns[at].name, form, found[:MAX_EXAMPLES], len(found), within)


def _row_notes(
    table: CsvTable, candidates: Mapping[int, tuple[ValueFormat, ...]], allowed: AllowedFormats
) -> Iterator[tuple[int, str]]:
    found = _find_mismatches(table, candidates, allowed)
    wanted = {record for each in found.values() for record in each.records}
    lines = find_lines(table, wanted) if wanted else {}
    for at, each in found.items():
        places = [f"line {lines[record]:,}" for record in each.records]
        if each.count:
            examples = list(zip(each.values, places, strict=True))
            yield at, _build_note(table.columns[at].name, each.form, examples, each.count)


def _build_note(
    name: str, form: ValueFormat, examples: Sequence[tuple[str, str]], count: int, within: str = ""
) -> str:
    """The note on `count` values that do not fit; `examples` are the first ones with their places."""
    type = type_to_declare([value for value, _ in examples], form)
    mismatches = [Mismatch(value, place, find_remedy(value, form)) for value, place in examples]
    return mismatches_note(name, NearType(form.title, type, mismatches, count - len(mismatches), within=within))


def _find_mismatches(
    table: CsvTable, candidates: Mapping[int, tuple[ValueFormat, ...]], allowed: AllowedFormats
) -> dict[int, _Mismatches]:
    width = len(table.columns)
    numbered = f"(select row_number() over () - 1 as record, * from {records_sql(table.path, table.dialect, width)})"  # noqa: S608
    with connect_for_csv(table.path, width) as connection:
        queries = ColumnQueries(connection, numbered, allowed)
        found = _query_mismatches(queries, {at: forms[0] for at, forms in candidates.items()}, _PROBED)
        better = {at: _best_format(candidates[at], each.values) for at, each in found.items()}
        better = {at: form for at, form in better.items() if form != found[at].form}
        if better:
            found |= _query_mismatches(queries, better, MAX_EXAMPLES)
    cut = slice(MAX_EXAMPLES)
    return {at: replace(each, values=each.values[cut], records=each.records[cut]) for at, each in found.items()}


def _best_format(forms: Sequence[ValueFormat], values: Sequence[str]) -> ValueFormat:
    """The first format that most of the values fit which do not fit the first format."""
    return max(forms, key=lambda form: sum(map(form.accepts, values)))


def _query_mismatches(
    queries: ColumnQueries, forms: Mapping[int, ValueFormat], examples: int
) -> dict[int, _Mismatches]:
    found: dict[int, _Mismatches] = {}
    for start in range(0, len(forms), _BATCH_COLUMNS):
        found |= _query_batch(queries, dict(islice(forms.items(), start, start + _BATCH_COLUMNS)), examples)
    return found


def _query_batch(queries: ColumnQueries, forms: Mapping[int, ValueFormat], examples: int) -> dict[int, _Mismatches]:
    aggregates = []
    for at, form in forms.items():
        value = queries.value(at)
        mismatch = f"{value} <> '' and not ({value_fits_sql(value, form)})"
        record = f"if({mismatch}, record, null)"
        aggregates += [f"count({record})", f"arg_min({value}, {record}, {examples})", f"min({record}, {examples})"]
    answers: Iterator[Any] = iter(queries.select(aggregates))
    return {
        at: _Mismatches(form, next(answers), tuple(next(answers) or ()), tuple(next(answers) or ()))
        for at, form in forms.items()
    }
