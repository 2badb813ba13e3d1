"""JSON and NDJSON: rows by name or position, numbers digit by digit, invalid JSON is never repaired."""

from decimal import Decimal

from tests.corpus.case import Case, Refused, Table, refused, table, texts

D = Decimal
DEEP = 100_000


def values(title: str, kind: str, *tokens: str, read: list[object] | None = None) -> Case:
    """A JSON array of objects with one member `v` each, of these tokens; `read` is the expected values."""
    text = "[" + ",\n".join(f'{{"v": {token}}}' for token in tokens) + "]"
    return Case(title, text, table({"v": kind}, *([value] for value in read or [])), filename="file.json")


def lines(title: str, text: str, expected: Table | Refused, **options: object) -> Case:
    return Case(title, text, expected, options, "file.ndjson")


def file(title: str, text: str | bytes, expected: Table | Refused, **options: object) -> Case:
    return Case(title, text, expected, options, "file.json")


AB = {"a": "integer", "b": "string"}

CASES = (
    file(
        "an array of objects",
        '[{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]',
        table(AB, [1, "x"], [2, "y"], format="json"),
    ),
    file("an array over many lines", '[\n  {\n    "a": 1,\n    "b": "x"\n  }\n]\n', table(AB, [1, "x"])),
    file("missing keys are null", '[{"a": 1}, {"b": "x"}]', table(AB, [1, None], [None, "x"])),
    file("keys in another order", '[{"a": 1, "b": "x"}, {"b": "y", "a": 2}]', table(AB, [1, "x"], [2, "y"])),
    file("an array of arrays below names", '[["a", "b"], [1, "x"], [2, "y"]]', table(AB, [1, "x"], [2, "y"])),
    file(
        "an array of arrays without names",
        '[[1, "x"], [2, "y"]]',
        table({"column_1": "integer", "column_2": "string"}, [1, "x"], [2, "y"]),
    ),
    file(
        "an array of arrays of other lengths",
        '[["a", "b"], [1, "x"], [2], [3, "y", 4]]',
        table(AB, [1, "x"], rejects=[(1, "b", "missing-cell"), (1, None, "extra-cell")]),
    ),
    file("an array of values", '["x", "y"]', table({"value": "string"}, ["x"], ["y"])),
    file("one object is one row", '{"a": 1, "b": "x"}', table(AB, [1, "x"], notes=["one row"])),
    file("rows under data", '{"data": [{"a": 1, "b": "x"}], "total": 1}', table(AB, [1, "x"], notes=["'data'"])),
    file("rows next to meta", '{"meta": {"page": 1}, "items": [{"a": 1, "b": "x"}]}', table(AB, [1, "x"])),
    file("rows under a name of their own", '{"people": [{"a": 1, "b": "x"}]}', table(AB, [1, "x"])),
    file(
        "an array next to other members is a value",
        '{"id": 7, "children": [{"a": 1}]}',
        table({"id": "integer", "children": "json"}, [7, [{"a": 1}]]),
    ),
    file(
        "rows by key",
        '{"de": {"name": "Germany", "eu": true}, "no": {"name": "Norway", "eu": false, "oil": 1}}',
        table(
            {"key": "string", "name": "string", "eu": "boolean", "oil": "integer"},
            ["de", "Germany", True, None],
            ["no", "Norway", False, 1],
            notes=["'key'"],
        ),
    ),
    file(
        "objects of other shapes are one row",
        '{"author": {"name": "Ann", "age": 30}, "book": {"title": "Emma", "pages": 500}}',
        table(
            {"author": "json", "book": "json"},
            [{"name": "Ann", "age": 30}, {"title": "Emma", "pages": 500}],
            notes=["one row"],
        ),
    ),
    file(
        "the orient split of pandas",
        '{"columns": ["a", "b"], "index": [0, 1], "data": [[1, "x"], [2, "y"]]}',
        table(AB, [1, "x"], [2, "y"], notes=["split"]),
    ),
    file(
        "the orient split of pandas with labels",
        '{"columns": ["a"], "index": ["p", "q"], "data": [[1.50], [2]]}',
        table({"index": "string", "a": "decimal"}, ["p", D("1.50")], ["q", 2]),
    ),
    file(
        "the orient columns of pandas",
        '{"a": {"0": 1, "1": 2}, "b": {"0": "x", "1": null}}',
        table(AB, [1, "x"], [2, None], notes=["columns of pandas"]),
    ),
    file(
        "the orient columns of pandas with labels",
        '{"a": {"p": 1, "q": 2}, "b": {"p": "x", "q": "y"}}',
        table({"key": "string", **AB}, ["p", 1, "x"], ["q", 2, "y"]),
    ),
    file(
        "the orient index of pandas",
        '{"0": {"a": 1, "b": "x"}, "1": {"a": 2, "b": "y"}}',
        table({"key": "string", **AB}, ["0", 1, "x"], ["1", 2, "y"]),
    ),
    file(
        "the orient table of pandas",
        '{"schema": {"fields": [{"name": "a"}]}, "data": [{"a": 1, "b": "x"}]}',
        table(AB, [1, "x"]),
    ),
    file("an array for each column", '{"a": [1, 2], "b": ["x", "y"]}', table(AB, [1, "x"], [2, "y"])),
    file(
        "rows at a pointer",
        '{"response": {"meta": [[1], {"a": 0}], "items/all": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]}}',
        table(AB, [1, "x"], [2, "y"]),
        rows="/response/items~1all",
    ),
    file(
        "rows at a pointer into an array",
        '[[{"a": 7}], [{"a": 1, "b": "x"}]]',
        table(AB, [1, "x"]),
        rows="/1",
    ),
    file("a pointer to nothing", '{"items": [{"a": 1}]}', refused("invalid-options", "'items'"), rows="/item"),
    file("a pointer to a number", '{"items": [{"a": 1}], "n": 1}', refused("invalid-json", "'/n'"), rows="/n"),
    file("a pointer without a slash", '{"items": []}', refused("invalid-options", "/data/items"), rows="items"),
    file("a pointer with a bad escape", '{"items": []}', refused("invalid-options", "~0"), rows="/a~2"),
    lines("a pointer into lines", '{"a": 1}\n{"a": 2}\n', refused("invalid-options", "each line"), rows="/a"),
    file(
        "nested values",
        '[{"a": 1, "b": {"c": [1, {"d": null}]}}]',
        table({"a": "integer", "b": "json"}, [1, {"c": [1, {"d": None}]}]),
    ),
    file(
        "nested numbers keep their digits",
        '[{"b": {"m": 12345678901234567890, "n": 1.10}}]',
        table({"b": "json"}, [{"m": 12345678901234567890, "n": D("1.10")}]),
    ),
    file(
        "GeoJSON",
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"n": 1}, '
        '"geometry": {"type": "Point", "coordinates": [102.0, 0.5]}}]}',
        table(
            {"type": "string", "properties": "json", "geometry": "json"},
            ["Feature", {"n": 1}, {"type": "Point", "coordinates": [D("102.0"), D("0.5")]}],
        ),
    ),
    values("1.10 keeps its zero", "decimal", "1.10", "2.00", read=[D("1.10"), D("2.00")]),
    values("integers beyond 2⁶³", "integer", "9223372036854775808", "1", read=[2**63, 1]),
    values("integers beyond 2⁵³", "integer", "9007199254740993", read=[9007199254740993]),
    values(
        "an identifier of 19 digits is a number here", "integer", "1234567890123456789", read=[1234567890123456789]
    ),
    values("exponents are written out", "decimal", "1.5e3", "1E-2", "2.5", read=[1500, D("0.01"), D("2.5")]),
    values("whole exponents", "integer", "1e3", "5", read=[1000, 5]),
    values("1e400 stays as it is written", "string", "1e400", "5", read=["1e400", "5"]),
    values("minus zero is zero", "integer", "-0", "1", read=[0, 1]),
    values(
        "a fraction beyond doubles", "decimal", "0.1234567890123456789012345", read=[D("0.1234567890123456789012345")]
    ),
    values("whole numbers and fractions", "decimal", "1", "2.5", read=[1, D("2.5")]),
    values("booleans", "boolean", "true", "null", "false", read=[True, None, False]),
    values("dates as strings", "date", '"2024-01-31"', '"2024-02-29"', read=["2024-01-31", "2024-02-29"]),
    values(
        "days that are none are strings", "string", '"2024-02-30"', '"2024-01-31"', read=["2024-02-30", "2024-01-31"]
    ),
    values(
        "times with offsets",
        "datetime",
        '"2024-01-31T12:30:00Z"',
        '"2024-01-31T12:30:00.5+01:00"',
        read=["2024-01-31T12:30:00Z", "2024-01-31T12:30:00.5+01:00"],
    ),
    values("numbers in strings are strings", "string", '"1"', '"2"', read=["1", "2"]),
    values("leading zeros in strings", "string", '"007"', read=["007"]),
    values("null words in strings are strings", "string", '"NA"', '"null"', '""', read=["NA", "null", ""]),
    values("numbers and strings are text", "string", "1.50", '"x"', "null", read=["1.50", "x", None]),
    values("numbers and numbers in strings are text", "string", "1", '"1"', read=["1", "1"]),
    values("numbers and booleans are text", "string", "1", "true", read=["1", "true"]),
    values("scalars and arrays are JSON", "json", "1", '"x"', "[2]", read=[1, "x", [2]]),
    values("objects and numbers", "json", '{"a": 1}', "2", read=[{"a": 1}, 2]),
    values("nothing but null", "string", "null", "null", read=[None, None]),
    values("escapes", "string", r'"\u00e9\n\"\\\/\ud83d\ude00"', read=['é\n"\\/😀']),
    file("an escaped name", r'[{"\u0061": 1}]', table({"a": "integer"}, [1])),
    file(
        "half a surrogate pair is a reject",
        '[{"a": "x"},\n{"a": "\\ud800"},\n{"a": "y"}]',
        texts("a", ["x"], ["y"], rejects=[(2, None, "row-error")]),
    ),
    file(
        "an escaped NUL is a reject",
        '[{"a": "x"},\n{"a": "y\\u0000"}]',
        texts("a", ["x"], rejects=[(2, "a", "type-error")]),
    ),
    file(
        "a name that occurs twice is a reject",
        '[{"a": 1},\n{"a": 2, "a": 3},\n{"a": 4}]',
        table({"a": "integer"}, [1], [4], rejects=[(2, "a", "duplicate-label")]),
    ),
    file(
        "a name that occurs twice further in",
        '[{"a": {"b": 1}},\n{"a": {"b": 2, "b": 3}}]',
        table({"a": "json"}, [{"b": 1}], rejects=[(2, "a", "type-error")]),
    ),
    file(
        "a row that is no object",
        '[{"a": 1},\n7,\n{"a": 2}]',
        table({"a": "integer"}, [1], [2], rejects=[(2, None, "row-error")]),
    ),
    file("NaN is no JSON", '[{"a": 1},\n{"a": NaN}]', table({"a": "integer"}, [1], rejects=[(2, None, "row-error")])),
    file(
        "Infinity is no JSON",
        '[{"a": 1},\n{"a": -Infinity}]',
        table({"a": "integer"}, [1], rejects=[(2, None, "row-error")]),
    ),
    file("01 is no JSON", '[{"a": 1},\n{"a": 01}]', table({"a": "integer"}, [1], rejects=[(2, None, "row-error")])),
    file("+1 is no JSON", '[{"a": 1},\n{"a": +1}]', table({"a": "integer"}, [1], rejects=[(2, None, "row-error")])),
    file(
        "a comma too many in a row",
        '[{"a": 1},\n{"a": 2,}]',
        table({"a": "integer"}, [1], rejects=[(2, None, "row-error")]),
    ),
    file("a comma too many between rows", '[{"a": 1},]', refused("invalid-json")),
    file("a missing comma between rows", '[{"a": 1} {"a": 2}]', refused("invalid-json")),
    file("apostrophes are no quotes", "[{'a': 1}]", refused("invalid-json")),
    file("a truncated array", '[{"a": 1}, {"a": 2}', refused("truncated-file")),
    file("a truncated object", '[{"a": 1}, {"a":', refused("truncated-file")),
    file("a truncated string", '[{"a": 1}, {"a": "x', refused("truncated-file")),
    file("garbage behind the end", '[{"a": 1}] x', refused("invalid-json")),
    file("a second array behind the first", '[{"a": 1}][{"a": 2}]', refused("invalid-json")),
    file("brackets that do not match", '[{"a": 1]}', refused("invalid-json")),
    file("an empty array", "[]", refused("empty-file")),
    file("an empty object in an array", "[{}]", refused("empty-file")),
    file("a hundred thousand brackets", "[" * DEEP, refused("truncated-file")),
    file("a hundred thousand brackets that close", "[" * DEEP + "]" * DEEP, refused("nesting")),
    file("a hundred thousand objects in each other", '{"a":' * DEEP + "1" + "}" * DEEP, refused("nesting")),
    file("a number of ten thousand digits", '[{"a": ' + "9" * 10_000 + "}]", texts("a", ["9" * 10_000])),
    file("JSON in UTF-16", '[{"a": "é"}]'.encode("utf-16"), texts("a", ["é"])),
    file("JSON with a mark", '\ufeff[{"a": "é"}]', texts("a", ["é"], encoding="utf-8")),
    file("JSON in Latin 1", '[{"a": "é"}]'.encode("latin-1"), refused("unsupported-encoding")),
    file("JSON in Latin 1, by option", '[{"a": "é"}]'.encode("latin-1"), texts("a", ["é"]), encoding="latin1"),
    file(
        "an unescaped line end in a string",
        '[{"a": "x"},\n{"a": "y\nz"}]',
        texts("a", ["x"], rejects=[(2, None, "row-error")]),
    ),
    file("a number declared as text", '[{"a": 1.10}]', texts("a", ["1.10"]), columns={"a": "string"}),
    file(
        "text declared as a number",
        '[{"a": "1.10"},\n{"a": "x"}]',
        table({"a": "decimal"}, [D("1.10")], rejects=[(2, "a", "type-error")]),
        columns={"a": "decimal"},
    ),
    file(
        "text declared as a date with a format",
        '[{"a": "31.01.2024"},\n{"a": "2024-02-01"},\n{"a": "30.02.2024"},\n{"a": null}]',
        table({"a": "date"}, ["2024-01-31"], ["2024-02-01"], [None], rejects=[(3, "a", "type-error")]),
        columns={"a": {"type": "date", "format": "DD.MM.YYYY"}},
    ),
    file(
        "text declared as a time with a format",
        '[{"a": "1/31/2024 7:05 PM"}]',
        table({"a": "datetime"}, ["2024-01-31T19:05:00"]),
        columns={"a": {"type": "datetime", "format": "M/D/YYYY h:mm AM"}},
    ),
    file(
        "a word declared as null",
        '[{"a": 1}, {"a": "NA"}]',
        table({"a": "integer"}, [1], [None]),
        null_values=["NA"],
    ),
    lines("NDJSON", '{"a": 1, "b": "x"}\n{"a": 2, "b": "y"}\n', table(AB, [1, "x"], [2, "y"], format="ndjson")),
    lines("NDJSON without a last line end", '{"a": 1, "b": "x"}\n{"a": 2, "b": "y"}', table(AB, [1, "x"], [2, "y"])),
    lines(
        "NDJSON with CRLF and blank lines",
        '{"a": 1, "b": "x"}\r\n\r\n{"a": 2, "b": "y"}\r\n',
        table(AB, [1, "x"], [2, "y"]),
    ),
    lines("NDJSON of one line", '{"a": 1, "b": "x"}\n', table(AB, [1, "x"], format="ndjson")),
    lines("NDJSON of arrays below names", '["a", "b"]\n[1, "x"]\n[2, "y"]\n', table(AB, [1, "x"], [2, "y"])),
    lines(
        "NDJSON with a line that is none",
        '{"a": 1}\noops\n{"a": 2}\n',
        table({"a": "integer"}, [1], [2], rejects=[(2, None, "row-error")]),
    ),
    lines(
        "NDJSON with a line that is cut",
        '{"a": 1}\n{"a": 2\n{"a": 3}\n',
        table({"a": "integer"}, [1], [3], rejects=[(2, None, "row-error")]),
    ),
    lines(
        "NDJSON with garbage behind an object",
        '{"a": 1}\n{"a": 2} x\n{"a": 3}\n',
        table({"a": "integer"}, [1], [3], rejects=[(2, None, "row-error")]),
    ),
    lines("NDJSON that ends within a line", '{"a": 1}\n{"a": 2}\n{"a": ', refused("truncated-file")),
    lines(
        "NDJSON with a new key far below",
        '{"a": 1}\n' * 30 + '{"a": 2, "b": "x"}\n',
        table(AB, *[[1, None]] * 30, [2, "x"]),
    ),
    lines(
        "NDJSON with another type far below",
        '{"a": 1}\n' * 30 + '{"a": 2.50}\n',
        table({"a": "decimal"}, *[[1]] * 30, [D("2.50")]),
    ),
    Case(
        "NDJSON under another name",
        '{"a": 1, "b": "x"}\n{"a": 2, "b": "y"}\n',
        table(AB, [1, "x"], [2, "y"], format="ndjson"),
        filename="upload.txt",
    ),
    Case(
        "JSON under another name", '[{"a": 1, "b": "x"}]', table(AB, [1, "x"], format="json"), filename="people.csv"
    ),
)
