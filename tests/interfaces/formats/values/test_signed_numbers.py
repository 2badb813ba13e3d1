"""Numbers with signs: read where the column is declared as a number, written back as they were, else noted."""

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from application.imports.file_format import FileOptions, RequestedType
from domain.columns import ColumnType
from domain.errors import Invalid
from interfaces.formats.values.numbers.number_notation import NumberNotation, parse_number_notation, write_number
from interfaces.formats.values.numbers.number_sql import canonical_number, canonical_number_sql
from interfaces.formats.values.numbers.signed_numbers import named_format
from tests.interfaces.formats.reading import read
from tests.interfaces.formats.values.test_column_forms import column

NB = "\u00a0"


def declared(kind: str, format: str | None = None) -> FileOptions:
    return FileOptions(columns={"v": RequestedType(ColumnType(kind), format)})


NAMED = [
    # cells; the type they are declared as; the remembered format; the values
    ("+5.5;-3.25;0", "decimal", "+1.5", "5.5;-3.25;0"),
    ("+12;-7", "integer", "+1", "12;-7"),
    (".5;-.25;1.5;0", "decimal", ".5", "0.5;-0.25;1.5;0"),
    (",5;1,25", "decimal", ",5", "0.5;1.25"),
    ("5.;2.5;-7.", "decimal", "1.", "5;2.5;-7"),
    ("(1,234.50);7;0.00", "decimal", "(1,234.56)", "-1234.50;7;0.00"),
    ("(12);7", "integer", "(1)", "-12;7"),
    ("123.45-;5", "decimal", "1.5-", "-123.45;5"),
    ("1.234,50-;17,00", "decimal", "1.234,56-", "-1234.50;17.00"),
    ("5%;12.50%;-3%;0%;100%", "decimal", "1.5%", "0.05;0.1250;-0.03;0.00;1.00"),
    ("7,5 %;8,25 %", "decimal", "1,5 %", "0.075;0.0825"),
    (f"7,5{NB}%", "decimal", f"1,5{NB}%", "0.075"),
    ("$5;$1,200.50;-$3", "decimal", "$1,234.56", "5;1200.50;-3"),
    ("$5.00;$-3.10", "decimal", "$-1.5", "5.00;-3.10"),
    ("($5.00);$3.10", "decimal", "($1.5)", "-5.00;3.10"),
    ("$5;$-17", "integer", "$-1", "5;-17"),
    ("€ 5,00;€ 1.234,50", "decimal", "€ 1.234,56", "5.00;1234.50"),
    ("5,00 €;-1,25 €", "decimal", "1,5 €", "5.00;-1.25"),
    ("CHF 1'234.50;CHF 0.05", "decimal", "CHF 1'234.56", "1234.50;0.05"),
    ("R$ 1.234,50;R$ 0,05", "decimal", "R$ 1.234,56", "1234.50;0.05"),
    ("£3;£4.20", "decimal", "£1.5", "3;4.20"),
    ("199 kr;1 250 kr", "integer", "1 234 kr", "199;1250"),
    ("¥1200;¥80", "integer", "¥1", "1200;80"),
]


@pytest.mark.parametrize(("cells", "kind", "format", "values"), NAMED, ids=[case[0] for case in NAMED])
def test_a_declared_number_is_read_and_written_back(
    tmp_path: Path, cells: str, kind: str, format: str, values: str
) -> None:
    found = column(tmp_path, cells, declared(kind))
    assert (found.types[1], found.table.columns[1].format, found.faults) == (kind, format, [])
    assert [line[5:-1].decode() for line in found.lines.splitlines()] == values.split(";")
    assert found.as_written(1) == cells.split(";")
    again = column(tmp_path, cells, declared(kind, format))
    assert (again.lines, again.table.columns[1].format) == (found.lines, format)


TOLERANT = [
    # cells; the remembered format; the values
    ("+5.5;-3;7", None, "5.5;-3;7"),
    ("$5;7;(3.25);-$0.5", None, "5;7;-3.25;-0.5"),
    ("1.234,50;1234,5;+0,25", "1.234,56", "1234.50;1234.5;0.25"),
    ("1e5;1;2.5E-3;-1.50e+1;0e9", None, "100000;1;0.0025;-15.0;0"),
    ("1,5e3;2,25", "1,5", "1500;2.25"),
    ("\u22125;3.5;5-", None, "-5;3.5;-5"),
    ("-0;(0.00);-0.50", None, "0;0.00;-0.50"),
]


@pytest.mark.parametrize(("cells", "format", "values"), TOLERANT, ids=[case[0] for case in TOLERANT])
def test_a_declared_number_can_be_written_in_several_ways(
    tmp_path: Path, cells: str, format: str | None, values: str
) -> None:
    found = column(tmp_path, cells, declared("decimal"))
    assert (found.types[1], found.table.columns[1].format, found.faults) == ("decimal", format, [])
    assert [line[5:-1].decode() for line in found.lines.splitlines()] == values.split(";")
    assert any("'v'" in note and ("several ways" in note or "exponent" in note) for note in found.table.notes)


REJECTED = [
    ("$5;€5;$7", None, "€5"),
    ("5%;6;7%", None, "6"),
    ("1.5;007;2", None, "007"),
    ("5.25;1.234,50;3;7.5", None, "1.234,50"),
    ("€ 5,00;€ 1.234,50;5.5", "€ 5,00", "5.5"),
    ("2.5;--3;7", None, "--3"),
    ("2.5;(3;7", None, "(3"),
    ("2.5;$;7", None, "$"),
    ("2.5;1e400;7", None, "1e400"),
]


@pytest.mark.parametrize(("cells", "format", "refused"), REJECTED)
def test_what_is_no_number_is_rejected(tmp_path: Path, cells: str, format: str | None, refused: str) -> None:
    found = column(tmp_path, cells, declared("decimal", format))
    assert [reject.cells[1] for reject in found.rejects] == [refused]
    assert len(found.rows) == len(cells.split(";")) - 1


def test_a_sign_far_below_is_read(tmp_path: Path) -> None:
    text = "t\tv\n" + "some more text\t1.5\n" * 30_000 + "x\t(2.50)\nx\tnone at all\nx\t+3\n"
    found = read(tmp_path, text, declared("decimal"))
    assert found.column(1)[-2:] == [Decimal("-2.50"), 3]
    assert [reject.line for reject in found.rejects] == [30_003]


NOTED = [
    *("+5.5;+6", ".5;1.5", "5.;6.", "(1,234.50);7", "123.45-;5", "5%;6%", "$5;$6", "€ 5,00;€ 6,00"),
    *("5;+6", "1.5;2.5;3.5;(4.5);5.5", "5 €", "1e5;2E7"),
]


@pytest.mark.parametrize("cells", NOTED)
def test_a_column_that_is_not_declared_stays_text_with_a_note_that_names_the_option(
    tmp_path: Path, cells: str
) -> None:
    found = column(tmp_path, cells)
    assert (found.types[1], found.column(1)) == ("string", cells.split(";"))
    assert any(
        "'v' stays text" in note and "options.columns" in note and '{"v": "decimal"}' in note
        for note in found.table.notes
    )


EXPONENTS = [
    ("1012.1;1e3", "decimal", "1012.1;1000"),
    ("1.5e-7;2.25e+3", "decimal", "0.00000015;2250"),
    ("1.000000000000000000e+00;-2.5E-01", "decimal", "1.000000000000000000;-0.25"),
    ("1e-5;20", "decimal", "0.00001;20"),
    ("1e5;2E7", "string", None),
    ("12;1E5;13", "string", None),
    ("1e5;x", "string", None),
    ("1.5;1e309", "string", None),
]


@pytest.mark.parametrize(("cells", "kind", "values"), EXPONENTS)
def test_exponents_among_plain_numbers(tmp_path: Path, cells: str, kind: str, values: str | None) -> None:
    found = column(tmp_path, cells)
    expected = (values or ";".join(f'"{cell}"' for cell in cells.split(";"))).split(";")
    assert (found.types[1], [line[5:-1].decode() for line in found.lines.splitlines()]) == (kind, expected)


@pytest.mark.parametrize(("usual", "last", "kind"), [("1e5", "1.5", "decimal"), ("17", "1e5", "string")])
def test_a_row_far_below_tells_numbers_from_codes(tmp_path: Path, usual: str, last: str, kind: str) -> None:
    found = read(tmp_path, "t\tv\n" + f"some more text\t{usual}\n" * 30_000 + f"x\t{last}\n")
    assert (found.types[1], len(found.rows)) == (kind, 30_001)


NOTATIONS = [
    NumberNotation(thousands, point, before, after, negative, plus)
    for thousands, point in (("", "."), ("", ","), (",", "."), (".", ","), (" ", ","), ("’", "."))
    for before, after in (("", ""), ("$", ""), ("", " €"), ("CHF ", ""), ("", "%"))
    for negative in ("-1", "1-", "(1)")
    for plus in (False, True)
    if negative == "-1" or not plus
] + [NumberNotation("", ".", bare=bare) for bare in (".5", "5.")]


@given(st.sampled_from(NOTATIONS), st.decimals(-(10**9), 10**9, places=4))
def test_a_number_written_in_a_notation_is_read_as_the_same_digits(notation: NumberNotation, number: Decimal) -> None:
    canonical = format(number, "f") if number else "0.0000"
    text = write_number(notation, canonical)
    assert parse_number_notation(notation.name) == notation
    form = named_format(ColumnType.DECIMAL, notation)
    assert form.accepts(text), text
    assert form.canonical(text) == canonical


SIGNS = st.sampled_from(["", "-", "+", "("])
MANTISSAS = st.from_regex(r"\A(?:[0-9]{1,6}(?:\.[0-9]{0,6})?|\.[0-9]{1,6})\Z")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(SIGNS, MANTISSAS, st.none() | st.integers(-30, 30)), min_size=1), st.booleans())
def test_sql_and_python_read_numbers_alike(parts: list[tuple[str, str, int | None]], percent: bool) -> None:
    texts = [
        f"{sign}{mantissa}{'' if exponent is None else f'e{exponent}'}" + (")" if sign == "(" else "")
        for sign, mantissa, exponent in parts
    ]
    sql = canonical_number_sql(".", (), percent=percent).format(c="v")
    with duckdb.connect(config={"threads": 1}) as connection:
        found = [connection.execute(f"select {sql} from (select ? as v)", [text]).fetchone() for text in texts]  # noqa: S608
    assert found == [(canonical_number(text, ".", (), percent=percent),) for text in texts]
    for text, (sign, mantissa, exponent) in zip(texts, parts, strict=True):
        exact = Decimal(mantissa).scaleb((exponent or 0) - 2 * percent) * (-1 if sign in ("-", "(") else 1)
        assert Decimal(canonical_number(text, ".", (), percent=percent)) == exact


@pytest.mark.parametrize(
    ("kind", "format"),
    [
        ("decimal", "1,234"),
        ("decimal", "5 $ %"),
        ("decimal", "(5"),
        ("decimal", "five"),
        ("decimal", ""),
        ("integer", "5%"),
        ("integer", "$1.50"),
        ("decimal", "$1 €"),
    ],
)
def test_a_format_that_is_no_number_is_refused(tmp_path: Path, kind: str, format: str) -> None:
    with pytest.raises(Invalid, match="is not a format of") as refused:
        column(tmp_path, "1", declared(kind, format))
    assert refused.value.code == "invalid-options"
