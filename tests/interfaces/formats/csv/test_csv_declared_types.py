"""Columns with a declared type: fitting values are read, other rows are rejects with line, column and reason."""

from pathlib import Path

import pytest

from application.imports.file_format import FileOptions, RequestedType
from domain.columns import ColumnType
from domain.errors import Invalid
from tests.interfaces.formats.reading import Read, read
from tests.interfaces.formats.values.test_column_forms import column


def declare(kind: str, format: str | None = None, **more: str) -> FileOptions:
    return FileOptions(columns={"v": RequestedType(ColumnType(kind), format)}, **more)  # type: ignore[arg-type]


def outcome(found: Read) -> tuple[list[str], dict[int, str]]:
    """The JSON of the rows that came in, and why others did not, by line."""
    json = [line[5:-1].decode() for line in found.lines.splitlines()]
    assert {(reject.column, reject.code) for reject in found.rejects} <= {("v", "type-error")}
    return json, {reject.line: reject.detail for reject in found.rejects}


WANTED: list[tuple[str, FileOptions, list[str], dict[int, str]]] = [
    ("1;abc;3", declare("integer"), ["1", "3"], {3: "'abc' is not an integer"}),
    ("1;1.0;3", declare("integer"), ["1", "3"], {3: "'1.0' is not an integer"}),
    ("abc;def", declare("integer"), [], {2: "'abc' is not an integer", 3: "'def' is not an integer"}),
    ("007;1", declare("integer"), ["1"], {2: "'007' is not an integer"}),
    ("1234567890123456;2234567890123456", declare("integer"), ["1234567890123456", "2234567890123456"], {}),
    ("1,234,567;1,234;x", declare("integer"), ["1234567", "1234"], {4: "'x' is not an integer like 1,234"}),
    ("1.234;5", declare("integer"), ["5"], {2: "'1.234' is not an integer"}),
    ("1.234;5", declare("integer", decimal=","), ["1234", "5"], {}),
    ("1;2;NA", declare("decimal"), ["1", "2", "null"], {}),
    ("1;2.50;x", declare("decimal"), ["1", "2.50"], {4: "'x' is not a number"}),
    ("1,5;2,5;1.5", declare("decimal"), ["1.5", "2.5"], {4: "'1.5' is not a number like 1,5"}),
    ("1e5;1", declare("decimal"), ["100000", "1"], {}),
    ("1e5;1", declare("integer"), ["1"], {2: "'1e5' is not an integer"}),
    ("1,5;2.5", declare("decimal", "1,5"), ["1.5"], {3: "'2.5' is not a number like 1,5"}),
    ("2024-01-31;2024-02-30", declare("date"), ['"2024-01-31"'], {3: "'2024-02-30' is not a date like YYYY-MM-DD"}),
    ("31/01/2024;01/31/2024;30/01/2024", declare("date"), ['"2024-01-31"', '"2024-01-30"'], {3: None}),  # type: ignore[dict-item]
    ("03/04/2024;x", declare("date", "DD/MM/YYYY"), ['"2024-04-03"'], {3: "'x' is not a date like DD/MM/YYYY"}),
    ("03/04/2024", declare("date", date_format="MM/DD/YYYY"), ['"2024-03-04"'], {}),
    ("20240131", declare("date", "YYYYMMDD"), ['"2024-01-31"'], {}),
    ("2024-01-31", declare("datetime"), [], {2: "'2024-01-31' is not a time like YYYY-MM-DDThh:mm:ss"}),
    ("2024-01-31 10:00;x", declare("datetime"), ['"2024-01-31T10:00:00"'], {3: None}),  # type: ignore[dict-item]
    ("yes;yes", declare("boolean"), ["true", "true"], {}),
    ("1;0;1", declare("boolean"), ["true", "false", "true"], {}),
    ("true;false;maybe", declare("boolean"), ["true", "false"], {4: "'maybe' is not true or false"}),
    ("Y;N;Y;yes", declare("boolean"), ["true", "false", "true"], {5: "'yes' is not Y or N"}),
    ("1;2;NA", declare("string"), ['"1"', '"2"', '"NA"'], {}),
    ("2024-01-31;007", declare("string"), ['"2024-01-31"', '"007"'], {}),
    ('{"a": 1.10};[1, 2];x', declare("json"), ['{"a": 1.10}', "[1, 2]"], {4: "'x' is not JSON"}),
    ('"x";1;null;NA;-0.50', declare("json"), ['"x"', "1", "null", "null", "-0.50"], {}),
    ("[1,]", declare("json"), [], {2: "'[1,]' is not JSON"}),
    ("NaN1;[Infinity];[NaN]", declare("json"), [], {2: None, 3: None, 4: None}),  # type: ignore[dict-item]
    ('"\\u0000";"\\\\u0000"', declare("json"), ['"\\\\u0000"'], {2: None}),  # type: ignore[dict-item]
    ('"\\ud800";"\\ud83d\\ude00"', declare("json"), ['"\\ud83d\\ude00"'], {2: None}),  # type: ignore[dict-item]
    ('"1e99999, ]";1e99999', declare("json"), ['"1e99999, ]"'], {3: None}),  # type: ignore[dict-item]
    ("[" * 100 + "]" * 100 + ";" + "[" * 101 + "]" * 101, declare("json"), ["[" * 100 + "]" * 100], {3: None}),  # type: ignore[dict-item]
    ("[" + "[]," * 99 + "[]];1", declare("json"), ["[" + "[]," * 99 + "[]]", "1"], {}),
]


@pytest.mark.parametrize(("cells", "options", "values", "refused"), WANTED)
def test_a_declared_type(
    tmp_path: Path, cells: str, options: FileOptions, values: list[str], refused: dict[int, str | None]
) -> None:
    json, faults = outcome(unquoted(tmp_path, cells, options))
    assert json == values
    assert list(faults) == list(refused)
    assert all(words is None or faults[line] == words for line, words in refused.items()), faults


def unquoted(folder: Path, cells: str, options: FileOptions) -> Read:
    """Cells quoted where they hold quotes."""
    quoted = ['"' + cell.replace('"', '""') + '"' if '"' in cell else cell for cell in cells.split(";")]
    return column(folder, ";".join(quoted), options)


@pytest.mark.parametrize(
    ("cells", "kind"), [("03/04/2024;x", "date"), ("03/04/2024", "date"), ("1,234", "integer"), ("1,234", "decimal")]
)
def test_an_ambiguous_declared_type_is_refused(tmp_path: Path, cells: str, kind: str) -> None:
    with pytest.raises(Invalid, match=r"cannot be distinguished.*set options") as refused:
        column(tmp_path, cells, declare(kind))
    assert refused.value.code == "ambiguous-format"


@pytest.mark.parametrize(("kind", "format"), [("date", "nonsense"), ("integer", "1.5"), ("boolean", "maybe")])
def test_invalid_formats_are_refused(tmp_path: Path, kind: str, format: str) -> None:
    with pytest.raises(Invalid) as refused:
        column(tmp_path, "1", declare(kind, format))
    assert refused.value.code == "invalid-options"


def test_rows_far_below_are_rejected_with_their_line(tmp_path: Path) -> None:
    cells = ["17"] * 100_000
    cells[60_000], cells[90_000] = "abc", "NA"
    found = column(tmp_path, ";".join(cells), declare("integer"))
    assert (len(found.rows), found.restarts, found.column(1)[89_999]) == (99_999, 1, None)
    assert [(r.line, r.column, r.detail, r.cells) for r in found.rejects] == [
        (60_002, "v", "'abc' is not an integer", ("x", "abc"))
    ]
    assert found.places == [line for line in range(2, 100_002) if line != 60_002]


def test_a_format_that_fits_all_rows_is_used_if_the_first_rows_fit_another(tmp_path: Path) -> None:
    found = column(tmp_path, ";".join(["17"] * 100_000 + ["1,234,567"]), declare("integer"))
    assert (found.column(1)[-1], found.rejects, found.table.columns[1].format) == (1234567, [], "1,234")


def test_a_mistyped_row_does_not_occupy_its_key(tmp_path: Path) -> None:
    options = FileOptions(columns={"n": RequestedType(ColumnType.INTEGER)})
    data = 'id,n\na,1\nb,x\n\nb,2\n"c\nc",y\na,3\nc\nc,4\nNA,z\n'
    found = read(tmp_path, data, options, key=("id",))
    assert found.rows == [["a", 1], ["b", 2], ["c", 4]]
    assert [(r.line, r.column, r.code) for r in found.rejects] == [
        (3, "n", "type-error"),
        (6, "n", "type-error"),
        (8, "id", "primary-key"),
        (9, "n", "missing-cell"),
        (11, "n", "type-error"),
    ]
    assert found.places == [2, 5, 10]


def test_too_many_rows_of_a_wrong_type_fail_the_file(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="check the types given for the columns") as refused:
        read(tmp_path, "t,v\n" + "a,x\n" * 20_000, declare("integer"), rejects=3)
    assert refused.value.code == "too-many-rejects"
