"""Numbers, and what looks like one: a column is typed only if every value survives the round trip."""

from decimal import Decimal

from tests.corpus.case import Case, below_id, column, refused, table

D = Decimal
LONG = "9" * 60


def of(title: str, kind: str, cells: list[str], values: list[object] | None = None, **options: object) -> Case:
    return Case(title, below_id(*cells), column(kind, *(cells if values is None else values)), options)


CASES = (
    of("integers", "integer", ["1", "-2", "0"], [1, -2, 0]),
    of(
        "integers of 2⁶³ and beyond",
        "integer",
        ["9223372036854775807", "9223372036854775808", "-9223372036854775809", "1"],
        [2**63 - 1, 2**63, -(2**63) - 1, 1],
    ),
    of("integers beyond 2⁵³", "integer", ["9007199254740993", "1"], [9007199254740993, 1]),
    of("an integer of sixty digits", "integer", [LONG, "1"], [int(LONG), 1]),
    of("leading zeros are codes", "string", ["007", "08", "9"]),
    of("a leading zero far below", "string", ["1"] * 20 + ["01"]),
    of("postal codes", "string", ["01067", "20095", "99999"]),
    of("telephone numbers with +47", "string", ["+4712345678", "+4798765432"]),
    of("+1 is no integer", "string", ["+1", "2"]),
    of("minus zero is text", "string", ["-0", "1"]),
    of("1e5 is a code", "string", ["1e5", "2e3"]),
    of("1e400 is text", "string", ["1e400", "1"]),
    of("1E5 among integers", "string", ["12", "1E5", "13"]),
    of("NaN among numbers is null", "decimal", ["1.5", "NaN", "2.5"], [D("1.5"), None, D("2.5")]),
    of("Infinity is text", "string", ["1.5", "Infinity"]),
    of("-inf is text", "string", ["1.5", "-inf"]),
    of("nothing but NaN is text", "string", ["NaN", "NaN"]),
    of("identifiers of 19 digits", "string", ["1234567890123456789", "9876543210987654321"]),
    of("identifiers of 16 digits", "string", ["4111111111111111", "5500000000000004"]),
    of(
        "identifiers of snowflake size that differ in length are exact",
        "integer",
        ["99999999999999999", "1234567890123456789"],
        [99999999999999999, 1234567890123456789],
    ),
    of("hexadecimal numbers are text", "string", ["0x1F", "0xFF"]),
    of("underscores are text", "string", ["1_000", "2_000"]),
    of("digits of other scripts are text", "string", ["١٢٣", "４５"]),
    of("superscripts are text", "string", ["1²", "2³"]),
    of("decimals", "decimal", ["1.5", "-2.25", "3"], [D("1.5"), D("-2.25"), 3]),
    of("decimals keep their zeros", "decimal", ["1.10", "2.00", "3.5"], [D("1.10"), D("2.00"), D("3.5")]),
    of("zeros keep their zeros", "decimal", ["0.00", "0.0", "0"], [D("0.00"), D("0.0"), 0]),
    of(
        "a decimal beyond doubles",
        "decimal",
        ["0.1234567890123456789012345", "1.5"],
        [D("0.1234567890123456789012345"), D("1.5")],
    ),
    of("a point without digits before it is text", "string", [".5", "1.5"]),
    of("a point without digits behind it is text", "string", ["5.", "1.5"]),
    of("version numbers are text", "string", ["1.2.3", "1.10.0"]),
    of("addresses of machines are text", "string", ["10.0.0.1", "192.168.1.10"]),
    of("minus zero point five", "decimal", ["-0.5", "0.5"], [D("-0.5"), D("0.5")]),
    of("a true minus sign is text", "string", ["−5", "5"]),
    of("amounts with a currency are text", "string", ["$5.00", "$6.00"]),
    of("percentages are text", "string", ["5%", "6%"]),
    of("accountants' negatives are text", "string", ["(5)", "6"]),
    of("thousands with commas", "integer", ['"1,234"', '"12,345,678"', "5"], [1234, 12345678, 5]),
    of("thousands with commas, and points", "decimal", ['"1,234.50"', '"12,345.25"'], [D("1234.50"), D("12345.25")]),
    of("thousands with points, and commas", "decimal", ['"1.234,50"', '"12.345,25"'], [D("1234.50"), D("12345.25")]),
    of("thousands with blanks", "integer", ["1 234", "12 345 678"], [1234, 12345678]),
    of("thousands with narrow blanks, and commas", "decimal", ['"1\u202f234,5"', '"2,25"'], [D("1234.5"), D("2.25")]),
    of("thousands with apostrophes", "decimal", ["1'234.50", "12'345.25"], [D("1234.50"), D("12345.25")]),
    of("decimal commas", "decimal", ['"1,5"', '"2,75"'], [D("1.5"), D("2.75")]),
    of("1,234 may be a thousand or a fraction: text", "string", ['"1,234"', '"5,678"'], ["1,234", "5,678"]),
    of(
        "1,234 with the decimal sign, by option",
        "decimal",
        ['"1,234"', '"5,678"'],
        [D("1.234"), D("5.678")],
        decimal=",",
    ),
    of("1,234 with the other decimal sign, by option", "integer", ['"1,234"', '"5,678"'], [1234, 5678], decimal="."),
    of("1.234 and a decimal comma from the options", "integer", ["1.234", "5.678"], [1234, 5678], decimal=","),
    of("1.234 alone is a fraction", "decimal", ["1.234", "5.678"], [D("1.234"), D("5.678")]),
    of("groups of other lengths are text", "string", ['"1,23,456"', '"12,34"'], ["1,23,456", "12,34"]),
    of("blanks around a number make it text", "string", [" 5", "6"], [" 5", "6"]),
    Case(
        "an ambiguous thousand is explained",
        below_id('"1,234"', '"5,678"'),
        column("string", "1,234", "5,678", notes=["options.decimal"]),
    ),
    Case("a decimal sign that is none", below_id("1"), refused("invalid-options"), {"decimal": ";"}),
    of("a type from the options keeps codes", "string", ["1", "2"], ["1", "2"], columns={"v": "string"}),
    of("integers declared as decimals", "decimal", ["1", "2"], [1, 2], columns={"v": "decimal"}),
    Case(
        "a word in a column declared as whole numbers",
        "v\n1\nx\n2\n",
        table({"v": "integer"}, [1], [2], rejects=[(3, "v", "type-error")]),
        {"columns": {"v": "integer"}},
    ),
    of("booleans", "boolean", ["true", "false", "true"], [True, False, True]),
    of("booleans in capitals", "boolean", ["TRUE", "FALSE"], [True, False]),
    of("yes and no", "boolean", ["yes", "no"], [True, False]),
    of("Y and N", "boolean", ["Y", "N", "Y"], [True, False, True]),
    of("nothing but Y is text", "string", ["Y", "Y"]),
    of("NO is Norway", "string", ["NO", "SE", "DK"]),
    of("two spellings of true are text", "string", ["true", "False"]),
    of("ones and zeros are numbers", "integer", ["1", "0"], [1, 0]),
    of("ones and zeros declared as booleans", "boolean", ["1", "0"], [True, False], columns={"v": "boolean"}),
    of("on and off", "boolean", ["on", "off"], [True, False]),
    of("JSON from the options", "json", ['"{""a"": 1.10}"', "[1]"], [{"a": D("1.10")}, [1]], columns={"v": "json"}),
)
