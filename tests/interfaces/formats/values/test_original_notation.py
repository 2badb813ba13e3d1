"""Values in every format are read as the same canonical values and written back as in the file."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from application.imports.file_format import FileOptions
from domain.columns import ColumnType
from interfaces.formats.values.original_notation import format_original
from tests.interfaces.formats.reading import read

DATES = [
    *("YYYY-MM-DD", "YYYY/MM/DD", "YYYY.MM.DD", "YYYY-M-D", "YYYY/M/D", "YYYYMMDD"),
    *("DD.MM.YYYY", "D.M.YYYY", "DD/MM/YYYY", "D/M/YYYY", "MM/DD/YYYY", "M/D/YYYY", "DD-MM-YYYY", "MM-DD-YYYY"),
    *("DD Mon YYYY", "D Mon YYYY", "DD-Mon-YYYY", "DD-MON-YYYY", "DD/mon/YYYY"),
    *("Mon DD, YYYY", "Mon D, YYYY", "Month D, YYYY", "D MONTH YYYY"),
]
TIMES = ["", " hh:mm", " hh:mm:ss", "Thh:mm:ss", " h:mm", ", h:mm:ss AM", " hh:mm am", " hh:mm:ss,f"]
OFFSETS = ["", "±hh:mm", "±hhmm", "±hh", " ±hhmm"]
NOTATIONS = [date + time + offset for date in DATES for time in TIMES for offset in (OFFSETS if time else [""])]
ZONES = st.sampled_from([None, *range(-11, 13)])


@st.composite
def moments(draw: st.DrawFn, notation: str) -> str:
    """A canonical date or time that the notation can express."""
    moment = draw(st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31)))  # noqa: DTZ001
    if "h" not in notation:
        return moment.date().isoformat()
    fraction = draw(st.sampled_from(["", ".5", ".123456789"])) if "ss" in notation else ""
    text = moment.strftime("%Y-%m-%dT%H:%M:") + (moment.strftime("%S") if "ss" in notation else "00") + fraction
    if "±" not in notation:
        return text
    hours = draw(ZONES)
    if hours is None:
        return text + "Z"
    return text + datetime(2000, 1, 1, tzinfo=timezone(timedelta(hours=hours))).isoformat()[-6:]


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_dates_in_every_notation_come_back(data: st.DataObject) -> None:
    notation = data.draw(st.sampled_from(NOTATIONS))
    canonical = data.draw(st.lists(moments(notation), min_size=1, max_size=5))
    texts = [format_original(ColumnType.DATETIME, notation, value) for value in canonical]
    with TemporaryDirectory() as folder:
        lines = "".join(f"x\t{text}\n" for text in texts)
        found = read(Path(folder), "t\tv\n" + lines, FileOptions(date_format=notation))
        alone = read(Path(folder), "t\tv\n" + lines)
    assert found.types[1] == ("datetime" if "h" in notation else "date")
    assert (found.column(1), found.as_written(1)) == (canonical, texts)
    if alone.types[1] in ("date", "datetime"):
        assert (alone.column(1), alone.as_written(1)) == (canonical, texts)
    else:
        assert alone.as_written(1) == texts


NUMBERS = ["1,5", *(f"1{mark}234{point}56" for mark in ",. '\u00a0\u202f’" for point in ",." if mark != point)]
NUMBERS += [f"1{mark}234" for mark in ",. '\u00a0\u202f’"]


@given(
    st.sampled_from(NUMBERS),
    st.lists(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12), min_size=1),
)
@settings(max_examples=150, deadline=None)
def test_numbers_in_every_notation_come_back(notation: str, values: list[Decimal]) -> None:
    whole = notation.endswith("1" + notation[1:2] + "234")
    canonical = [str(int(value)) if whole else format(value, "f") for value in values]
    canonical = [text.lstrip("-") if not text.strip("-0.") else text for text in canonical]
    texts = [format_original(ColumnType.DECIMAL, notation, text) for text in canonical]
    with TemporaryDirectory() as folder:
        found = read(Path(folder), "t\tv\n" + "".join(f"x\t{text}\n" for text in texts))
    assert found.as_written(1) == texts
    shown = [format(value, "f") if isinstance(value, Decimal) else str(value) for value in found.column(1)]
    assert found.table.columns[1].format != notation or shown == canonical


@pytest.mark.parametrize(
    ("kind", "format", "canonical", "text"),
    [
        ("date", "DD.MM.YYYY", "2024-01-31", "31.01.2024"),
        ("date", "D.M.YY", "1999-02-01", "1.2.99"),
        ("datetime", "h:mm AM, D Mon YYYY", "2024-01-31T00:05:00", "12:05 AM, 31 Jan 2024"),
        ("decimal", "1.234,56", "-1234567.50", "-1.234.567,50"),
        ("decimal", "1.234,56", "123", "123"),
        ("integer", "1,234", "1000", "1,000"),
        ("decimal", "1,5", "0.10", "0,10"),
        ("boolean", "Yes/No", "true", "Yes"),
        ("boolean", "1/0", "false", "0"),
        ("boolean", "open/shut", "false", "shut"),
        ("boolean", "checked/", "false", ""),
        ("decimal", "(1,234.56)", "-1234.5", "(1,234.5)"),
        ("decimal", "(1,234.56)", "0.00", "0.00"),
        ("decimal", "1.234,5-", "-1234.50", "1.234,50-"),
        ("decimal", "€ 1,5", "-0.10", "-€ 0,10"),
        ("decimal", "$-1.5", "-7", "$-7"),
        ("decimal", "1,5 €", "7.25", "7,25 €"),
        ("decimal", "1.5%", "0.050", "5.0%"),
        ("decimal", "1.5%", "-1.25", "-125%"),
        ("decimal", "+1.5", "2.50", "+2.50"),
        ("decimal", "+1.5", "0.0", "0.0"),
        ("decimal", ".5", "-0.25", "-.25"),
        ("decimal", "1.", "3", "3."),
        ("integer", "CHF 1'234", "-12345", "-CHF 12'345"),
        # What the format cannot express stays canonical.
        ("date", "DD.MM.YYYY", "2024-01-31T10:00:00", "2024-01-31T10:00:00"),
        ("datetime", "DD.MM.YYYY hh:mm", "2024-01-31T10:00:30", "2024-01-31T10:00:30"),
        ("datetime", "DD.MM.YYYY hh:mm", "2024-01-31T10:00:00Z", "2024-01-31T10:00:00Z"),
        ("datetime", "DD.MM.YYYY hh:mm±hh", "2024-01-31T10:00:00", "2024-01-31T10:00:00"),
        ("datetime", "DD.MM.YYYY hh:mm±hh", "2024-01-31T10:00:00+05:30", "2024-01-31T10:00:00+05:30"),
        ("date", "DD.MM.YY", "1950-01-31", "1950-01-31"),
        ("integer", "1,234", "12.5", "12.5"),
    ],
)
def test_a_value_is_written_in_its_format(kind: str, format: str, canonical: str, text: str) -> None:
    assert format_original(ColumnType(kind), format, canonical) == text
