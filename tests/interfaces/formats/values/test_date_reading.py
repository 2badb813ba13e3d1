"""A single date is read as the SQL for whole columns reads it."""

import duckdb
import pytest

from interfaces.formats.sql_literal import quote_literal
from interfaces.formats.values.dates.date_forms import build_date_format
from interfaces.formats.values.dates.date_reading import canonical_date

WRITTEN = [
    ("DD.MM.YYYY", "31.01.2024", "2024-01-31"),
    ("D/M/YY", "1/2/68", "2068-02-01"),
    ("D/M/YY", "11/12/69", "1969-12-11"),
    ("Mon D, YYYY", "Feb 9, 2024", "2024-02-09"),
    ("DD MONTH YYYY", "30 SEPTEMBER 1999", "1999-09-30"),
    ("D-mon-YYYY", "1-may-2024", "2024-05-01"),
    ("YYYYMMDD", "20240131", "2024-01-31"),
    ("M/D/YYYY h:mm AM", "1/31/2024 12:05 AM", "2024-01-31T00:05:00"),
    ("M/D/YYYY h:mm:ss AM", "1/31/2024 12:05:59.5 PM", "2024-01-31T12:05:59.5"),
    ("M/D/YYYY hh:mm am", "1/31/2024 11:59 pm", "2024-01-31T23:59:00"),
    ("DD.MM.YYYY h:mm", "31.01.2024 7:30", "2024-01-31T07:30:00"),
    ("DD.MM.YYYY hh:mm:ss,f", "31.01.2024 07:30:01,25", "2024-01-31T07:30:01.25"),
    ("YYYY-MM-DD hh:mm:ss±hh:mm", "2024-01-31 07:30:00+05:30", "2024-01-31T07:30:00+05:30"),
    ("YYYY-MM-DD hh:mm:ss±hhmm", "2024-01-31 07:30:00-0330", "2024-01-31T07:30:00-03:30"),
    ("YYYY-MM-DD hh:mm±hh", "2024-01-31 07:30+01", "2024-01-31T07:30:00+01:00"),
    ("YYYY-MM-DD hh:mm±hhmm", "2024-01-31 07:30Z", "2024-01-31T07:30:00Z"),
]


@pytest.mark.parametrize(("notation", "text", "canonical"), WRITTEN)
def test_a_date_is_read_as_in_a_whole_column(notation: str, text: str, canonical: str) -> None:
    form = build_date_format(notation)
    assert form.accepts(text)
    assert canonical_date(text, notation) == canonical
    found = duckdb.execute(f"select {form.json.format(c=quote_literal(text))}").fetchone()
    assert found == (f'"{canonical}"',)
