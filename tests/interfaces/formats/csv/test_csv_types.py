"""A column of a CSV file gets a type only if no value changes."""

from pathlib import Path

import pytest

from domain.columns import is_date, is_datetime
from interfaces.formats.values.dates.date_forms import candidate_date_formats
from tests.interfaces.formats.reading import read

LONG = "9" * 1000

COLUMNS = [
    ("integers", "1 -20 0", "integer", "1 -20 0"),
    ("leading zeros", "007 008", "string", '"007" "008"'),
    ("a plus sign", "+47 +48", "string", '"+47" "+48"'),
    ("negative zero", "-0 1", "string", '"-0" "1"'),
    ("negative zero with a point", "-0.0 1.5", "string", '"-0.0" "1.5"'),
    ("exponents", "1e5 2", "string", '"1e5" "2"'),
    ("a trailing point", "1. 2.5", "string", '"1." "2.5"'),
    ("a leading point", ".5 2.5", "string", '".5" "2.5"'),
    ("beyond 64 bits, lengths differ", "9223372036854775809 5", "integer", "9223372036854775809 5"),
    ("numbers of 19 digits", "1234567890123456789 2234567890123456789", "string", None),
    ("one number of 16 digits", "1234567890123456", "string", None),
    ("numbers of 15 digits", "123456789012345 223456789012345", "integer", None),
    ("negative numbers of 16 digits", "-1234567890123456 -2234567890123456", "integer", None),
    ("a thousand digits", f"{LONG} 1", "integer", f"{LONG} 1"),
    ("more than a thousand digits", f"1{LONG} 1", "string", None),
    ("decimals keep their zeros", "1.10 2.500 -0.50", "decimal", "1.10 2.500 -0.50"),
    ("integers among decimals", "1 2.50 0", "decimal", "1 2.50 0"),
    ("leading zeros of decimals", "01.5 2.5", "string", '"01.5" "2.5"'),
    ("decimal commas", '"1,5" "2,5"', "decimal", "1.5 2.5"),
    ("booleans", "true false", "boolean", "true false"),
    ("booleans in capitals", "TRUE FALSE TRUE", "boolean", "true false true"),
    ("booleans with a capital", "True False", "boolean", "true false"),
    ("booleans in two spellings", "true False", "string", '"true" "False"'),
    ("yes and no", "yes no", "boolean", "true false"),
    ("dates", "2024-01-31 0001-01-01 9999-12-31", "date", '"2024-01-31" "0001-01-01" "9999-12-31"'),
    ("leap days", "2024-02-29 2000-02-29", "date", None),
    ("no leap day", "2023-02-29 2024-01-01", "string", None),
    ("no leap day of a century", "1900-02-29 2024-01-01", "string", None),
    ("the year 0", "0000-01-01 2024-01-01", "string", None),
    ("no such day", "2024-04-31", "string", None),
    ("days first", "31.01.2024 01.02.2024", "date", '"2024-01-31" "2024-02-01"'),
    ("times", "2024-01-31T10:00:00Z", "datetime", '"2024-01-31T10:00:00Z"'),
    ("times with fractions", "2024-01-31T10:00:00.5 2024-01-31T10:00:00.123456789", "datetime", None),
    ("times without seconds", "2024-01-31T10:00", "datetime", '"2024-01-31T10:00:00"'),
    ("times without seconds, with offset", "2024-01-31T10:00+01:00", "datetime", '"2024-01-31T10:00:00+01:00"'),
    ("some times with an offset", "2024-01-31T10:00:00Z 2024-01-31T10:00:00", "string", None),
    ("ten digits after the second", "2024-01-31T10:00:00.1234567890", "string", None),
    ("hour 24", "2024-01-31T24:00:00", "string", None),
    ("dates and times", "2024-01-31 2024-01-31T10:00:00", "string", None),
    ("text in other scripts", "Łódź 日本", "string", '"Łódź" "日本"'),
    ("digits of other scripts", "١٢ ٣", "string", '"١٢" "٣"'),
]


@pytest.mark.parametrize(("values", "kind", "json"), [c[1:] for c in COLUMNS], ids=[c[0] for c in COLUMNS])
def test_a_column_of(tmp_path: Path, values: str, kind: str, json: str | None) -> None:
    """Cells parted by blanks, below a header; the JSON is exactly as written."""
    found = read(tmp_path, "\n".join(["id,value", *(f"a,{value}" for value in values.split(" "))]))
    assert found.types[1] == kind
    if json is not None:
        assert [line[5:-1].decode() for line in found.lines.splitlines()] == json.split(" ")


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        ([" 5", "6"], "string", [" 5", "6"]),
        (["5 ", "6"], "string", ["5 ", "6"]),
        (["1", "", "2"], "integer", [1, None, 2]),
        (["1", '""', "2"], "integer", [1, None, 2]),
        (["x", '""', ""], "string", ["x", "", None]),
        (["", "", ""], "string", [None, None, None]),
        (["", '""'], "string", [None, ""]),
        (["true", '""', "false"], "boolean", [True, None, False]),
        (["2024-01-31", '""'], "date", ["2024-01-31", None]),
        (["2024-01-31 10:00", '""', ""], "datetime", ["2024-01-31T10:00:00", None, None]),
        (["2024-01-31 10:00:01.5Z"], "datetime", ["2024-01-31T10:00:01.5Z"]),
        (["a|b", "1|2"], "string", ["a|b", "1|2"]),
    ],
)
def test_empty_cells_and_blanks(tmp_path: Path, cells: list[str], kind: str, values: list[object]) -> None:
    found = read(tmp_path, "\n".join(["id,value", *(f"a,{cell}" for cell in cells)]))
    assert (found.types[1], found.column(1)) == (kind, values)


@pytest.mark.parametrize(
    ("cell", "format"),
    [
        ("TRUE", "TRUE/FALSE"),
        ("True", "True/False"),
        ("true", None),
        ("2024-01-31T10:00:00", None),
        ("2024-01-31 10:00:00Z", "YYYY-MM-DD hh:mm:ss±hh:mm"),
        ("2024-01-31T10:00", "YYYY-MM-DDThh:mm"),
    ],
)
def test_a_format_that_is_not_canonical_is_kept(tmp_path: Path, cell: str, format: str | None) -> None:
    assert read(tmp_path, f"id,value\na,{cell}\n").table.columns[1].format == format


ROWS = 30_000
BEYOND = [
    ("text among integers", "{n}", "none yet", "string"),
    ("a leading zero among integers", "{n}", "007", "string"),
    ("a decimal among integers", "{n}", "1.50", "decimal"),
    ("an exponent among decimals", "{n}.5", "1e5", "decimal"),
    ("an exponent among integers", "{n}", "1e5", "string"),
    ("no date among dates", "2024-01-31", "2024-02-30", "string"),
    ("another shape of time", "2024-01-31 10:00", "2024-01-31 10:00:00", "string"),
    ("another spelling of booleans", "true", "TRUE", "string"),
    ("a number after nothing", "", "12", "integer"),
    ("a date after nothing", "", "2024-01-31", "date"),
    ("text after nothing", "", "x", "string"),
    ("a shorter number after identifiers", "1234567890123456", "1", "integer"),
    ("a thousand and one digits", "{n}", "1" * 1001, "string"),
]


@pytest.mark.parametrize(("usual", "last", "kind"), [b[1:] for b in BEYOND], ids=[b[0] for b in BEYOND])
def test_a_row_far_below_the_first_ones_decides(tmp_path: Path, usual: str, last: str, kind: str) -> None:
    cells = [usual.format(n=n) for n in range(1, ROWS + 1)] + [last]
    found = read(tmp_path, "\n".join(["id,value,rest", *(f"a,{cell},some more text" for cell in cells)]))
    assert (found.types[1], len(found.rows)) == (kind, ROWS + 1)
    text = found.lines.splitlines()[-1].decode()
    plain = "100000" if kind == "decimal" and last == "1e5" else last
    assert text == f'["a","{last}","some more text"]' or text == f'["a",{plain},"some more text"]'


def test_a_file_whose_first_rows_are_typical_is_read_once(tmp_path: Path) -> None:
    found = read(tmp_path, "\n".join(["a,b,c,d", *(f"{n},{n}.5,,1234567890123456" for n in range(ROWS))]))
    assert (found.types, found.restarts) == (["integer", "decimal", "string", "string"], 0)


def test_the_report_says_why_a_column_stayed_text(tmp_path: Path) -> None:
    notes = read(tmp_path, "a,b\n1,1234567890123456\n2,2234567890123456\n3,\n4,\nn.a.,\n").table.notes
    assert any(note.startswith("Column 'a' stays text because of 'n.a.' (line 6): each other") for note in notes)
    assert any("'b' stays text" in note and "identifier" in note for note in notes)


@pytest.mark.parametrize("text", ["2024-02-29", "1900-02-29", "2000-02-29", "0000-02-29", "2100-12-31", "2024-00-01"])
def test_dates_are_those_of_the_domain(text: str) -> None:
    assert any(form.type == "date" for form in candidate_date_formats(text)) == is_date(text)
    for time in ("T23:59:59", "T24:00:00", "T10:00:60Z", "T10:00:00.1+15:59", "T10:00:00-16:00", "T10:00:00z"):
        canonical = [form for form in candidate_date_formats(text + time) if form.format is None]
        assert any(form.type == "datetime" for form in canonical) == is_datetime(text + time)
