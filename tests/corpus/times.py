"""Dates and times: typed only where one format fits every row of the column."""

from tests.corpus.case import Case, below_id, column, refused


def of(title: str, kind: str, cells: list[str], values: list[object] | None = None, **options: object) -> Case:
    written = [f'"{cell}"' if "," in cell else cell for cell in cells]
    return Case(title, below_id(*written), column(kind, *(cells if values is None else values)), options)


JAN = "2024-01-31"
FEB = "2024-02-29"

CASES = (
    of("ISO dates", "date", [JAN, FEB]),
    of("a day that is none makes text", "string", ["2023-02-29", JAN]),
    of("a month that is none makes text", "string", ["2023-13-01", JAN]),
    of("the year 0 is none", "string", ["0000-01-01", JAN]),
    of("the years 1 and 9999", "date", ["0001-01-01", "9999-12-31"]),
    of("leap days of centuries", "date", ["2000-02-29", "1600-02-29"]),
    of("a leap day that 1900 had not", "string", ["1900-02-29", "2000-02-29"]),
    of("German dates", "date", ["31.01.2024", "29.02.2024"], [JAN, FEB]),
    of("German dates are never ambiguous", "date", ["01.02.2024", "03.04.2024"], ["2024-02-01", "2024-04-03"]),
    of("German dates without zeros", "date", ["1.2.2024", "29.2.2024"], ["2024-02-01", FEB]),
    of("American dates, shown by one row", "date", ["01/31/2024", "03/04/2024"], [JAN, "2024-03-04"]),
    of("British dates, shown by one row", "date", ["03/04/2024", "31/01/2024"], ["2024-04-03", JAN]),
    of("day or month first: text", "string", ["03/04/2024", "05/06/2024"]),
    Case(
        "day or month first: the report says why",
        below_id("03/04/2024", "05/06/2024"),
        column("string", "03/04/2024", "05/06/2024", notes=["day and month cannot be distinguished"]),
    ),
    of("both day and month first are text", "string", ["31/01/2024", "01/31/2024"]),
    of(
        "day first, by option",
        "date",
        ["03/04/2024", "05/06/2024"],
        ["2024-04-03", "2024-06-05"],
        date_format="DD/MM/YYYY",
    ),
    of(
        "month first, by option",
        "date",
        ["03/04/2024", "05/06/2024"],
        ["2024-03-04", "2024-05-06"],
        date_format="%m/%d/%Y",
    ),
    of(
        "Java's notation, by option",
        "date",
        ["03/04/2024", "05/06/2024"],
        ["2024-04-03", "2024-06-05"],
        date_format="dd/MM/yyyy",
    ),
    of("two digits of a year are not guessed", "string", ["31.01.24", "29.02.24"]),
    of(
        "two digits of a year, by option",
        "date",
        ["31.01.24", "28.02.99"],
        [JAN, "1999-02-28"],
        date_format="DD.MM.YY",
    ),
    of("eight digits are a number", "integer", ["20240131", "20240229"], [20240131, 20240229]),
    of("eight digits declared as dates", "date", ["20240131", "20240229"], [JAN, FEB], date_format="YYYYMMDD"),
    of("slashes, year first", "date", ["2024/01/31", "2024/02/29"], [JAN, FEB]),
    of("names of months", "date", ["31 Jan 2024", "29 Feb 2024"], [JAN, FEB]),
    of("names of months, month first", "date", ["January 31, 2024", "February 29, 2024"], [JAN, FEB]),
    of("names of months with hyphens", "date", ["31-JAN-2024", "29-FEB-2024"], [JAN, FEB]),
    of("two formats in one column are text", "string", [JAN, "31.01.2024"]),
    of("a date far below in another format", "string", [JAN] * 30 + ["31/01/2024"]),
    of("dates and numbers are text", "string", [JAN, "5"]),
    of("times of ISO with T", "datetime", ["2024-01-31T12:30:00", "2024-02-29T00:00:00"]),
    of("times of ISO with Z", "datetime", ["2024-01-31T12:30:00Z", "2024-02-29T00:00:00Z"]),
    of(
        "times with offsets stay in their zone",
        "datetime",
        ["2024-01-31T12:30:00+05:30", "2024-02-29T00:00:00-08:00"],
    ),
    of(
        "offsets without a colon",
        "datetime",
        ["2024-01-31T12:30:00+0530", "2024-02-29T00:00:00-0800"],
        ["2024-01-31T12:30:00+05:30", "2024-02-29T00:00:00-08:00"],
    ),
    of(
        "times with a blank",
        "datetime",
        ["2024-01-31 12:30:00", "2024-02-29 23:59:59"],
        ["2024-01-31T12:30:00", "2024-02-29T23:59:59"],
    ),
    of(
        "times without seconds",
        "datetime",
        ["2024-01-31 12:30", "2024-02-29 23:59"],
        ["2024-01-31T12:30:00", "2024-02-29T23:59:00"],
    ),
    of(
        "fractions of seconds keep their digits",
        "datetime",
        ["2024-01-31T12:30:00.100", "2024-02-29T00:00:00.123456789"],
    ),
    of(
        "German times",
        "datetime",
        ["31.01.2024 12:30", "29.02.2024 00:00"],
        ["2024-01-31T12:30:00", "2024-02-29T00:00:00"],
    ),
    of(
        "American times with AM and PM",
        "datetime",
        ["01/31/2024 12:30 AM", "02/29/2024 01:05 PM"],
        ["2024-01-31T00:30:00", "2024-02-29T13:05:00"],
    ),
    of(
        "midnight and noon",
        "datetime",
        ["01/31/2024 12:00 AM", "01/31/2024 12:00 PM"],
        ["2024-01-31T00:00:00", "2024-01-31T12:00:00"],
    ),
    of("ambiguous times are text", "string", ["03/04/2024 12:30", "05/06/2024 13:30"]),
    of("hour 24 is none", "string", ["2024-01-31 24:00:00", "2024-01-31 12:00:00"]),
    of("second 60 is none", "string", ["2024-01-31T23:59:60Z", "2024-01-31T12:00:00Z"]),
    of("dates and times are text", "string", [JAN, "2024-01-31T12:00:00"]),
    of("times of day are text", "string", ["12:30:00", "13:45:10"]),
    of("names of zones are text", "string", ["2024-01-31 12:30:00 UTC", "2024-01-31 12:30:00 CET"]),
    of("seconds since 1970 are numbers", "integer", ["1706704200", "1709208000"], [1706704200, 1709208000]),
    of("weeks are text", "string", ["2024-W05", "2024-W06"]),
    of("months are text", "string", ["2024-01", "2024-02"]),
    of("dates among nulls", "date", [JAN, "", FEB], [JAN, None, FEB]),
    of("an invalid day, in a column with a declared type", "date", [JAN, FEB], columns={"v": "date"}),
    Case(
        "an invalid day is a reject in a column with a declared type",
        below_id(JAN, "2023-02-29"),
        column("date", JAN, rejects=[(3, "v", "type-error")]),
        {"columns": {"v": "date"}},
    ),
    Case(
        "an ambiguous column declared as dates",
        below_id("03/04/2024", "05/06/2024"),
        refused("ambiguous-format"),
        {"columns": {"v": "date"}},
    ),
    of(
        "a format for one column",
        "date",
        ["03/04/2024", "05/06/2024"],
        ["2024-03-04", "2024-05-06"],
        columns={"v": {"type": "date", "format": "MM/DD/YYYY"}},
    ),
    Case("a notation that makes no sense", below_id(JAN), refused("invalid-options"), {"date_format": "QQ"}),
    of("a date and a currency", "string", ["31.01.2024", "5 EUR"]),
)
