"""The columns of a CSV file: type, format, canonical values and notes."""

from pathlib import Path

import pytest

from application.imports.file_format import FileOptions
from domain.errors import Invalid
from tests.interfaces.formats.reading import Read, read

NB, NARROW = "\u00a0", "\u202f"

FOUND: list[tuple[str, str, str | None, str]] = [
    # cells; type; format; canonical values (dates and times; numbers; booleans)
    ("2024/01/31;2023/12/01", "date", "YYYY/MM/DD", "2024-01-31;2023-12-01"),
    ("2024.01.31", "date", "YYYY.MM.DD", "2024-01-31"),
    ("2024-01-31", "date", None, "2024-01-31"),
    ("2024-1-5;2024-12-31", "date", "YYYY-M-D", "2024-01-05;2024-12-31"),
    ("2024/1/5", "date", "YYYY/M/D", "2024-01-05"),
    ("31.01.2024;01.02.2024", "date", "DD.MM.YYYY", "2024-01-31;2024-02-01"),
    ("1.2.2024;11.12.2024", "date", "D.M.YYYY", "2024-02-01;2024-12-11"),
    ("11.12.2024", "date", "DD.MM.YYYY", "2024-12-11"),
    ("31/01/2024;03/04/2024", "date", "DD/MM/YYYY", "2024-01-31;2024-04-03"),
    ("03/04/2024;31/01/2024", "date", "DD/MM/YYYY", "2024-04-03;2024-01-31"),
    ("01/31/2024;03/04/2024", "date", "MM/DD/YYYY", "2024-01-31;2024-03-04"),
    ("03/04/2024;01/31/2024", "date", "MM/DD/YYYY", "2024-03-04;2024-01-31"),
    ("1/31/2024;3/4/2024", "date", "M/D/YYYY", "2024-01-31;2024-03-04"),
    ("31/1/2024;3/4/2024", "date", "D/M/YYYY", "2024-01-31;2024-04-03"),
    ("12/10/2024;13/1/2024", "date", "D/M/YYYY", "2024-10-12;2024-01-13"),
    ("31-01-2024", "date", "DD-MM-YYYY", "2024-01-31"),
    ("01-31-2024", "date", "MM-DD-YYYY", "2024-01-31"),
    ("31 Jan 2024;01 May 2023", "date", "DD Mon YYYY", "2024-01-31;2023-05-01"),
    ("1 Jan 2024;31 Dec 2023", "date", "D Mon YYYY", "2024-01-01;2023-12-31"),
    ("31-Jan-2024", "date", "DD-Mon-YYYY", "2024-01-31"),
    ("31-JAN-2024;01-MAY-2024", "date", "DD-MON-YYYY", "2024-01-31;2024-05-01"),
    ("31-jan-2024", "date", "DD-mon-YYYY", "2024-01-31"),
    ("31/Jan/2024", "date", "DD/Mon/YYYY", "2024-01-31"),
    ("Jan 31, 2024;Feb 1, 2024", "date", "Mon D, YYYY", "2024-01-31;2024-02-01"),
    ("Jan 31, 2024;Feb 01, 2024", "date", "Mon DD, YYYY", "2024-01-31;2024-02-01"),
    ("January 31, 2024;May 2, 2024", "date", "Month D, YYYY", "2024-01-31;2024-05-02"),
    ("May 2, 2024;January 31, 2024", "date", "Month D, YYYY", "2024-05-02;2024-01-31"),
    ("2 September 2024", "date", "D Month YYYY", "2024-09-02"),
    ("Sep 02 2024", "date", "Mon DD YYYY", "2024-09-02"),
    ("29.02.2024;29.02.2000", "date", "DD.MM.YYYY", "2024-02-29;2000-02-29"),
    ("Feb 29, 2024", "date", "Mon DD, YYYY", "2024-02-29"),
    ("31.01.2024 10:00", "datetime", "DD.MM.YYYY hh:mm", "2024-01-31T10:00:00"),
    ("31.01.2024 9:05;31.01.2024 19:05", "datetime", "DD.MM.YYYY h:mm", "2024-01-31T09:05:00;2024-01-31T19:05:00"),
    ("31.01.2024 10:00:59", "datetime", "DD.MM.YYYY hh:mm:ss", "2024-01-31T10:00:59"),
    ("31.01.2024 10:00:59.25", "datetime", "DD.MM.YYYY hh:mm:ss", "2024-01-31T10:00:59.25"),
    ("31.01.2024 10:00:59,250", "datetime", "DD.MM.YYYY hh:mm:ss,f", "2024-01-31T10:00:59.250"),
    (
        "2024-01-31 10:00:59;2024-01-31 10:00:59,5",
        "datetime",
        "YYYY-MM-DD hh:mm:ss,f",
        "2024-01-31T10:00:59;2024-01-31T10:00:59.5",
    ),
    ("2024/01/31 10:00:00", "datetime", "YYYY/MM/DD hh:mm:ss", "2024-01-31T10:00:00"),
    ("2024-01-31T10:00:00", "datetime", None, "2024-01-31T10:00:00"),
    (
        "2024-01-31T10:00:00Z;2024-01-31T10:00:00+02:00",
        "datetime",
        None,
        "2024-01-31T10:00:00Z;2024-01-31T10:00:00+02:00",
    ),
    ("2024-01-31T10:00:00+0200", "datetime", "YYYY-MM-DDThh:mm:ss±hhmm", "2024-01-31T10:00:00+02:00"),
    (
        "2024-01-31T10:00:00Z;2024-01-31T10:00:00-0330",
        "datetime",
        "YYYY-MM-DDThh:mm:ss±hhmm",
        "2024-01-31T10:00:00Z;2024-01-31T10:00:00-03:30",
    ),
    ("2024-01-31 10:00:00+02", "datetime", "YYYY-MM-DD hh:mm:ss±hh", "2024-01-31T10:00:00+02:00"),
    ("2024-01-31 10:00:00.5 +0200", "datetime", "YYYY-MM-DD hh:mm:ss ±hhmm", "2024-01-31T10:00:00.5+02:00"),
    ("31/01/2024, 10:00:00", "datetime", "DD/MM/YYYY, hh:mm:ss", "2024-01-31T10:00:00"),
    ("1/31/2024, 9:07:00 PM", "datetime", "M/D/YYYY, h:mm:ss AM", "2024-01-31T21:07:00"),
    (f"1/31/2024, 9:07:00{NARROW}PM", "datetime", f"M/D/YYYY, h:mm:ss{NARROW}AM", "2024-01-31T21:07:00"),
    (
        "01/31/2024 12:00 AM;01/31/2024 12:30 PM;01/31/2024 01:00 PM",
        "datetime",
        "MM/DD/YYYY hh:mm AM",
        "2024-01-31T00:00:00;2024-01-31T12:30:00;2024-01-31T13:00:00",
    ),
    ("1/31/2024 9:07pm", "datetime", "M/D/YYYY h:mmam", "2024-01-31T21:07:00"),
    ("Jan 31, 2024 9:07 PM", "datetime", "Mon DD, YYYY h:mm AM", "2024-01-31T21:07:00"),
    ("31 January 2024 21:07", "datetime", "DD Month YYYY hh:mm", "2024-01-31T21:07:00"),
    ("1,5;2,75;-0,5;3", "decimal", "1,5", "1.5;2.75;-0.5;3"),
    ("1.234,56;12,00;-1.234.567,5", "decimal", "1.234,56", "1234.56;12.00;-1234567.5"),
    ("1,234.56;12.00", "decimal", "1,234.56", "1234.56;12.00"),
    ("1 234,56;7", "decimal", "1 234,56", "1234.56;7"),
    ("1 234.56", "decimal", "1 234.56", "1234.56"),
    (f"1{NB}234,56", "decimal", f"1{NB}234,56", "1234.56"),
    (f"1{NARROW}234,56;0,5", "decimal", f"1{NARROW}234,56", "1234.56;0.5"),
    ("1'234.56;-7.10", "decimal", "1'234.56", "1234.56;-7.10"),
    ("1’234.56", "decimal", "1’234.56", "1234.56"),
    ("1'234;56", "integer", "1'234", "1234;56"),
    ("1,234,567;1,234;12", "integer", "1,234", "1234567;1234;12"),
    ("1,234;1,234,567", "integer", "1,234", "1234;1234567"),
    ("1.234.567;1.234", "integer", "1.234", "1234567;1234"),
    ("1.234;1.234.567", "integer", "1.234", "1234;1234567"),
    (f"1{NB}234;0;-5", "integer", f"1{NB}234", "1234;0;-5"),
    ("12 345;6", "integer", "1 234", "12345;6"),
    ("1.234", "decimal", None, "1.234"),
    ("1,234;1,5", "decimal", "1,5", "1.234;1.5"),
    ("1,2345", "decimal", "1,5", "1.2345"),
    ("1,234;1,234.5", "decimal", "1,234.56", "1234;1234.5"),
    ("1.234;1.234,5", "decimal", "1.234,56", "1234;1234.5"),
    ("1,234;1.234,5", "decimal", "1.234,56", "1.234;1234.5"),
    ("yes;no;yes", "boolean", "yes/no", "true;false;true"),
    ("Yes;No", "boolean", "Yes/No", "true;false"),
    ("YES;NO", "boolean", "YES/NO", "true;false"),
    ("y;n", "boolean", "y/n", "true;false"),
    ("N;Y", "boolean", "Y/N", "false;true"),
    ("t;f", "boolean", "t/f", "true;false"),
    ("T;F", "boolean", "T/F", "true;false"),
    ("on;off", "boolean", "on/off", "true;false"),
    ("On;Off", "boolean", "On/Off", "true;false"),
    ("OFF;ON", "boolean", "ON/OFF", "false;true"),
    ("TRUE;TRUE", "boolean", "TRUE/FALSE", "true;true"),
    ("true", "boolean", None, "true"),
    ("1;0", "integer", None, "1;0"),
]


def column(folder: Path, cells: str, options: FileOptions | None = None) -> Read:
    """A column `v` of these cells (separated by semicolons), next to a text column."""
    return read(folder, "t\tv\n" + "".join(f"x\t{cell}\n" for cell in cells.split(";")), options)


@pytest.mark.parametrize(("cells", "kind", "format", "values"), FOUND, ids=[case[0] for case in FOUND])
def test_a_column_written_like(tmp_path: Path, cells: str, kind: str, format: str | None, values: str) -> None:
    found = column(tmp_path, cells)
    assert (found.types[1], found.table.columns[1].format, found.faults) == (kind, format, [])
    json = [line[5:-1].decode().strip('"') for line in found.lines.splitlines()]
    assert json == values.split(";")
    assert found.as_written(1) == cells.split(";")


TEXT = [
    "30.02.2024",
    "29.02.2023",
    "29/02/1900",
    "31 Apr 2024",
    "Feb 30, 2024",
    "00.01.2024",
    "32.01.2024",
    "31.13.2024",
    "1.2.2024;11.02.2024",
    "01.02.2024;1.2.2024",
    "31.01.2024;2024-01-31",
    "31/01/2024;01/31/2024",
    "31.01/2024",
    "31 jAN 2024",
    "31 Jan 2024;31 JAN 2024",
    "Sept 1, 2024",
    "20240131;2024-01-31",
    "31.01.24",
    "1/31/24",
    "31.01.2024 24:00",
    "31.01.2024 10:60",
    "31.01.2024 9:05;31.01.2024 09:05",
    "01/31/2024 13:00 PM",
    "01/31/2024 00:30 AM",
    "01/31/2024 10:00 AM;01/31/2024 10:00 am",
    "31.01.2024 10:00;31.01.2024",
    "31.01.2024 10:00+16:00",
    "2024-01-31T10:00:00+0200;2024-01-31T10:00:00+02:00",
    "10:00",
    "2024-01",
    "1.234,50;1234,5",
    "12,34,567",
    "1,23,456.5",
    "0,123,456",
    "01,5",
    "1,5-",
    "+1,5",
    ",5;1,5",
    "1,;2,5",
    "1,5;1.5",
    "1 234;1234",
    f"1 234;1{NB}234",
    "1'23",
    "12 %",
    "12%;13%",
    "€ 12",
    "$1,234.50",
    "-0,0;1,5",
    "1,5e3",
    "NaN",
    "Infinity;1.5",
    "1e400",
    "yes;No",
    "yes;y",
    "Y;n",
    "true;yes",
    "1;true",
    "Y",
    "no;no",
    "t",
    "601 234 567;602 345 678",
]


@pytest.mark.parametrize("cells", TEXT)
def test_text_stays_text(tmp_path: Path, cells: str) -> None:
    found = column(tmp_path, cells)
    assert (found.types[1], found.column(1)) == ("string", cells.split(";"))


NOTED = [
    (
        "03/04/2024;05/06/2024",
        "Column 'v' stays text: day and month cannot be distinguished ('03/04/2024' …); "
        "set options.date_format, for example to DD/MM/YYYY.",
    ),
    ("3/4/2024", "for example to D/M/YYYY."),
    ("03-04-2024 10:00", "for example to DD-MM-YYYY hh:mm."),
    ("12/10/2024;12/11/2024", "day and month cannot be distinguished"),
    ("1,234", "thousands and decimals cannot be distinguished ('1,234' …); set options.decimal to ',' or '.'."),
    ("1,234;12;0", "thousands and decimals cannot be distinguished"),
    ("1.234;1,234", "thousands and decimals cannot be distinguished"),
    ("Y;Y", "Column 'v' stays text: 'Y' is its only value; Y or N needs both values."),
    (
        "31.01.2024;01.02.2024;03.02.2024;04.02.2024;29.02.2023",
        "because of '29.02.2023' (line 6): each other value is a date like DD.MM.YYYY.",
    ),
    ("601 234 567;602 345 678", "numbers of the same length"),
]


@pytest.mark.parametrize(("cells", "words"), NOTED)
def test_the_report_says_why(tmp_path: Path, cells: str, words: str) -> None:
    found = column(tmp_path, cells)
    assert found.types[1] == "string"
    assert any(words in note for note in found.table.notes), found.table.notes


WITH_OPTIONS = [
    ("20240131;20240201", FileOptions(date_format="YYYYMMDD"), "date", "YYYYMMDD", "2024-01-31;2024-02-01"),
    (
        "20240131T101500",
        FileOptions(date_format="%Y%m%dT%H%M%S"),
        "datetime",
        "YYYYMMDDThhmmss",
        "2024-01-31T10:15:00",
    ),
    ("20240132", FileOptions(date_format="YYYYMMDD"), "integer", None, "20240132"),
    ("31.01.24;01.02.69", FileOptions(date_format="DD.MM.YY"), "date", "DD.MM.YY", "2024-01-31;1969-02-01"),
    ("29.02.00;29.02.24", FileOptions(date_format="dd.mm.yy"), "date", "DD.MM.YY", "2000-02-29;2024-02-29"),
    ("29.02.23", FileOptions(date_format="DD.MM.YY"), "string", None, "29.02.23"),
    ("03/04/2024", FileOptions(date_format="DD/MM/YYYY"), "date", "DD/MM/YYYY", "2024-04-03"),
    ("03/04/2024", FileOptions(date_format="%m/%d/%Y"), "date", "MM/DD/YYYY", "2024-03-04"),
    ("3/4/2024", FileOptions(date_format="DD/MM/YYYY"), "date", "D/M/YYYY", "2024-04-03"),
    ("3/4/2024 10:00", FileOptions(date_format="MM/DD/YYYY"), "datetime", "M/D/YYYY hh:mm", "2024-03-04T10:00:00"),
    ("2024-01-31", FileOptions(date_format="DD/MM/YYYY"), "date", None, "2024-01-31"),
    ("01/2/2024", FileOptions(date_format="DD/M/YYYY"), "date", "DD/M/YYYY", "2024-02-01"),
    (
        "10:15 31.01.2024",
        FileOptions(date_format="HH:mm dd.mm.yyyy"),
        "datetime",
        "hh:mm DD.MM.YYYY",
        "2024-01-31T10:15:00",
    ),
    ("2024-03-04", FileOptions(date_format="YYYY-DD-MM"), "date", "YYYY-DD-MM", "2024-04-03"),
    ("1,234", FileOptions(decimal="."), "integer", "1,234", "1234"),
    ("1,234", FileOptions(decimal=","), "decimal", "1,5", "1.234"),
    ("1.234", FileOptions(decimal=","), "integer", "1.234", "1234"),
    ("1.5", FileOptions(decimal=","), "string", None, "1.5"),
    ("1,5", FileOptions(decimal="."), "string", None, "1,5"),
    ("1.234;1.234,5", FileOptions(decimal=","), "decimal", "1.234,56", "1234;1234.5"),
]


@pytest.mark.parametrize(("cells", "options", "kind", "format", "values"), WITH_OPTIONS)
def test_options_decide(
    tmp_path: Path, cells: str, options: FileOptions, kind: str, format: str | None, values: str
) -> None:
    found = column(tmp_path, cells, options)
    assert (found.types[1], found.table.columns[1].format) == (kind, format)
    assert [line[5:-1].decode().strip('"') for line in found.lines.splitlines()] == values.split(";")
    assert found.as_written(1) == cells.split(";")


@pytest.mark.parametrize(
    "options",
    [
        FileOptions(date_format="DD.MM"),
        FileOptions(date_format="tomorrow"),
        FileOptions(date_format="%d.%m.%Q"),
        FileOptions(date_format="DMYYYY"),
        FileOptions(date_format="DD.MM.YYYY hh"),
        FileOptions(date_format="DD|MM|YYYY"),
        FileOptions(date_format="DD.MM.YYYY" * 10),
        FileOptions(decimal=";"),
    ],
)
def test_invalid_options_are_refused(tmp_path: Path, options: FileOptions) -> None:
    with pytest.raises(Invalid) as refused:
        column(tmp_path, "1", options)
    assert refused.value.code == "invalid-options"


FAR = [
    ("03/04/2024", "31/01/2024", "date", "DD/MM/YYYY"),
    ("03/04/2024", "01/31/2024", "date", "MM/DD/YYYY"),
    ("03/04/2024", "1/2/2024", "string", None),
    ("03/04/2024", "x", "string", None),
    ("31.01.2024", "1.2.2024", "string", None),
    ("11.12.2024", "1.2.2024", "date", "D.M.YYYY"),
    ("May 12, 2024", "June 1, 2024", "date", "Month D, YYYY"),
    ("1,234", "1,234,567", "integer", "1,234"),
    ("1,234", "1,5", "decimal", "1,5"),
    ("1.234", "1.234.567", "integer", "1.234"),
    ("12", "1.234,5", "decimal", "1.234,56"),
    ("12", "1 234", "integer", "1 234"),
    ("yes", "no", "boolean", "yes/no"),
    ("no", "x", "string", None),
    ("", "31.01.2024", "date", "DD.MM.YYYY"),
    ("", "no", "string", None),
    ("NA", "12", "integer", None),
    ("NA", "x", "string", None),
    ("601 234 567", "1 234", "integer", "1 234"),
]


@pytest.mark.parametrize(("usual", "last", "kind", "format"), FAR)
def test_a_row_far_below_decides(tmp_path: Path, usual: str, last: str, kind: str, format: str | None) -> None:
    found = read(tmp_path, "t\tv\tu\n" + f"x\t{usual}\tsome more text\n" * 15_000 + f"x\t{last}\tsome more text\n")
    assert (found.types[1], found.table.columns[1].format, len(found.rows)) == (kind, format, 15_001)
    assert found.as_written(1)[-1] == last
