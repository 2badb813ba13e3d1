"""Determine the names of a CSV file's columns, and whether columns without a name and values are left out."""

from dataclasses import replace
from pathlib import Path

from application.imports.file_format import FileOptions
from domain.errors import Invalid
from domain.schema import unique_names
from interfaces.formats.csv.formula_text import unwrap_formula
from interfaces.formats.csv.layout.dialect import CsvSample
from interfaces.formats.csv.query import connect_for_csv, records_sql


def column_names(sample: CsvSample, options: FileOptions) -> list[str]:
    """Return unique column names. Raises Invalid `invalid-options` if `options.names` has a wrong number of names."""
    if options.names is not None and len(options.names) != sample.width:
        given = f"options.names has {len(options.names):,} names"
        raise Invalid("invalid-options", f"{given}, but the file has {sample.width:,} columns.")
    written = options.names if options.names is not None else map(unwrap_formula, sample.header or ())
    return list(unique_names([*written, *[""] * sample.width][: sample.width]))


def include_trailing_columns(path: Path, sample: CsvSample) -> CsvSample:
    """Add the columns after the last name to the sample if any row of the file has a value in them."""
    if not sample.trailing:
        return sample
    width = sample.width + sample.trailing
    values = " or ".join(f"c{at} is not null" for at in range(sample.width, width))
    query = f"select 1 from {records_sql(path, sample.dialect, width)} where {values} limit 1"  # noqa: S608
    with connect_for_csv(path, width) as connection:
        if connection.execute(query).fetchone() is None:
            return _distinguish_nulls(path, sample) if sample.width == 1 else sample
    return replace(
        sample,
        header=[*sample.header, *[""] * sample.trailing] if sample.header else None,
        rows=[[*row, *[""] * sample.trailing] for row in sample.rows],
        width=width,
        trailing=0,
    )


def _distinguish_nulls(path: Path, sample: CsvSample) -> CsvSample:
    """For a single column whose lines end with a delimiter: read lines without a value as nulls, if none is blank."""
    dialect = replace(sample.dialect, blank_lines=False)
    alone, ended = records_sql(path, dialect, 1), records_sql(path, dialect, 2)
    query = f"""
        select (select count(*) from {alone} where c0 is null)
             = (select count(*) from {ended} where c0 is null and c1 is null)
        """  # noqa: S608
    with connect_for_csv(path, 2) as connection:
        (has_no_blank_lines,) = connection.execute(query).fetchone() or (False,)
    return replace(sample, dialect=dialect) if has_no_blank_lines else sample
