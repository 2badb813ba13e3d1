"""What the columns of a CSV file are called, and which of them are columns at all."""

from dataclasses import replace
from pathlib import Path

from application.imports.file_format import FileOptions
from domain.errors import Invalid
from domain.schema import unique_names
from interfaces.formats.csv.layout.dialect import CsvSample
from interfaces.formats.csv.query import connect_for_csv, records_sql


def column_names(seen: CsvSample, options: FileOptions) -> list[str]:
    """One name a column, all different. Raises Invalid `invalid-options` if the wrong number of them was said."""
    if options.names is not None and len(options.names) != seen.width:
        said = f"options.names has {len(options.names):,} names"
        raise Invalid("invalid-options", f"{said}, but the file has {seen.width:,} columns.")
    written = options.names if options.names is not None else seen.header or ()
    return list(unique_names([*written, *[""] * seen.width][: seen.width]))


def include_trailing_columns(path: Path, seen: CsvSample) -> CsvSample:
    """`seen` with the columns behind the last name where some row has a value in them, else without them."""
    if not seen.trailing:
        return seen
    width = seen.width + seen.trailing
    values = " or ".join(f"c{at} is not null" for at in range(seen.width, width))
    query = f"select 1 from {records_sql(path, seen.dialect, width)} where {values} limit 1"  # noqa: S608
    with connect_for_csv(path, width) as connection:
        if connection.execute(query).fetchone() is None:
            return _distinguish_nulls(path, seen) if seen.width == 1 else seen
    return replace(
        seen,
        header=[*seen.header, *[""] * seen.trailing] if seen.header else None,
        rows=[[*row, *[""] * seen.trailing] for row in seen.rows],
        width=width,
        trailing=0,
    )


def _distinguish_nulls(path: Path, seen: CsvSample) -> CsvSample:
    """A single column whose lines end with a delimiter: a null is told from a blank line, if there are no such."""
    dialect = replace(seen.dialect, blank_lines=False)
    alone, ended = records_sql(path, dialect, 1), records_sql(path, dialect, 2)
    query = f"""
        select (select count(*) from {alone} where c0 is null)
             = (select count(*) from {ended} where c0 is null and c1 is null)
        """  # noqa: S608
    with connect_for_csv(path, 2) as connection:
        (is_told,) = connection.execute(query).fetchone() or (False,)
    return replace(seen, dialect=dialect) if is_told else seen
