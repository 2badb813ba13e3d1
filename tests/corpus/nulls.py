"""Null words are null in a column of another type, and text in a column of text."""

from decimal import Decimal

from tests.corpus.case import Case, below_id, column, table, texts


def of(title: str, kind: str, cells: list[str], values: list[object], **options: object) -> Case:
    return Case(title, below_id(*cells), column(kind, *values), options)


CASES = (
    of("empty cells among numbers", "integer", ["1", "", "3"], [1, None, 3]),
    of("empty strings among numbers", "integer", ["1", '""', "3"], [1, None, 3]),
    of("empty cells and empty strings in text", "string", ["x", "", '""'], ["x", None, ""]),
    of("NA among numbers", "integer", ["1", "NA", "3"], [1, None, 3]),
    of("N/A among decimals", "decimal", ["1.50", "N/A"], [Decimal("1.50"), None]),
    of("NULL among dates", "date", ["2024-01-31", "NULL"], ["2024-01-31", None]),
    of("\\N of PostgreSQL among numbers", "integer", ["1", "\\N"], [1, None]),
    of("a dash among numbers", "integer", ["1", "-", "3"], [1, None, 3]),
    of("NA is Namibia in a column of text", "string", ["NA", "NO", "SE"], ["NA", "NO", "SE"]),
    of("Null is a name in a column of text", "string", ["Null", "Ann"], ["Null", "Ann"]),
    of("none is a word in a column of text", "string", ["none", "some"], ["none", "some"]),
    of("nothing but NA is text", "string", ["NA", "NA"], ["NA", "NA"]),
    of("nothing at all is text", "string", ["", ""], [None, None]),
    of("NA among booleans", "boolean", ["true", "NA", "false"], [True, None, False]),
    of("a null word far below", "integer", ["1"] * 40 + ["NULL"], [1] * 40 + [None]),
    of("another word makes text", "string", ["1", "unknown"], ["1", "unknown"]),
    of("a word declared as null", "integer", ["1", "unknown"], [1, None], null_values=["unknown"]),
    of(
        "words from the options are null in text, too",
        "string",
        ["x", "NA", "y"],
        ["x", None, "y"],
        null_values=["NA"],
    ),
    of("words from the options replace the others", "string", ["1", "NA", "?"], ["1", "NA", None], null_values=["?"]),
    of("-999 declared as null", "integer", ["1", "-999"], [1, None], null_values=["-999"]),
    of("no words at all, by option", "string", ["1", "NA"], ["1", "NA"], null_values=[]),
    of("a blank is text", "string", ["1", " "], ["1", " "]),
    Case("a null word is mentioned", below_id("1", "NA"), column("integer", 1, None, notes=["'NA' is read as null"])),
    Case("a column without any value", "a,b\n1,\n2,\n", table({"a": "integer", "b": "string"}, [1, None], [2, None])),
    Case(
        "text in a column declared as a number",
        below_id("1", "NA", "x"),
        column("integer", 1, None, rejects=[(4, "v", "type-error")]),
        {"columns": {"v": "integer"}},
    ),
    Case("rows of nulls", "a,b\n,\n,\n", texts("a b", [None, None], [None, None])),
)
