"""Values written by openpyxl are read back unchanged, with the type that all values of a column have."""

import io
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook  # type: ignore[import-untyped]

from interfaces.formats.values.nulls import NULL_WORDS
from tests.interfaces.formats.workbooks.workbook_files import read

# Characters that XML can hold; a carriage return and what looks like an escape are the writer's to escape.
TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
    | st.sampled_from("\n\t&<>\"'\\"),
    min_size=1,
    max_size=12,
).filter(lambda text: not text.startswith(("=", "#")) and "_x" not in text)
WORDS = TEXT.filter(lambda text: bool(text.strip()) and text not in NULL_WORDS)
INTEGERS = st.integers(-(10**15), 10**15)
FRACTIONS = st.integers(-(10**12), 10**12).map(lambda number: number / 1000 + 0.0005)
DAYS = st.dates(date(1900, 3, 1), date(9999, 12, 30))
MOMENTS = st.datetimes(datetime.fromisoformat("1900-03-01"), datetime.fromisoformat("2200-01-01")).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)
KINDS = {
    "string": WORDS,
    "integer": INTEGERS,
    "decimal": FRACTIONS,
    "boolean": st.booleans(),
    "date": DAYS,
    "datetime": MOMENTS.filter(lambda moment: moment.time() != datetime.min.time()),
}


def columns(count: int) -> Any:
    one = st.sampled_from(sorted(KINDS)).flatmap(
        lambda kind: st.tuples(
            st.just(kind),
            KINDS[kind],
            st.lists(st.none() | KINDS[kind], min_size=count, max_size=count),
        )
    )
    return st.lists(one, min_size=1, max_size=6)


@pytest.mark.parametrize("copies", [1, 40])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_values_and_types_come_back(copies: int, data: st.DataObject) -> None:
    """A first value that is not null proves each column's type. Many rows bring the fast scan to whole rows."""
    drawn = data.draw(st.integers(0, 6).flatmap(columns))
    values = [[first, *rest] * copies for _, first, rest in drawn]
    made = Workbook(write_only=True)
    sheet = made.create_sheet("Sheet")
    sheet.append([f"column {at}" for at in range(len(drawn))])
    for row in zip(*values, strict=True):
        sheet.append(row)
    file = io.BytesIO()
    made.save(file)
    with TemporaryDirectory() as folder:
        found = read(Path(folder), file.getvalue())
    assert found.types == [kind for kind, _, _ in drawn]
    assert found.rejects == []
    whole = [row for row in zip(*values, strict=True) if any(value is not None for value in row)]
    assert [[_same(value) for value in row] for row in found.rows] == [
        [_same(_json(value)) for value in row] for row in whole
    ]


def _json(value: Any) -> Any:
    match value:
        case datetime():
            text = (value + timedelta(0)).isoformat(timespec="milliseconds")
            return text.removesuffix(".000")
        case date():
            return value.isoformat()
        case float():
            return Decimal(f"{value:.16g}")
    return value


def _same(value: Any) -> Any:
    return (type(value).__name__, value) if isinstance(value, bool | str) else value
