"""Random rows, filters over them with every operator and function, and sorts."""

import datetime
from collections.abc import Sequence
from decimal import Decimal

from hypothesis import strategies as st

from tests.projections.query.reference import ReferenceRow

strings = st.text("aAbÉéжЖ%_\\'\"$ \U0001d11e", max_size=4)
small = st.one_of(st.integers(-4, 4).map(Decimal), st.decimals(-3, 3, places=1))
great = st.sampled_from(["9" * 1000, "-1e1000", "1e-1000", "1e999", "0.3e-990"]).map(Decimal)
numbers = st.one_of(small, small, st.integers(-(10**30), 10**30).map(Decimal), great)
dates = st.dates(datetime.date(2023, 12, 30), datetime.date(2024, 1, 3)).map(str)
times = st.tuples(
    dates,
    st.sampled_from(["T00:00:00", "T23:59:59.5", "T12:30:00.000001"]),
    st.sampled_from(["", "Z", "+02:00", "-05:30"]),
).map("".join)

rows = st.builds(
    ReferenceRow,
    st.integers(1, 5),
    st.integers(1, 3),
    st.tuples(
        st.none() | strings,
        st.none() | numbers,
        st.none() | st.booleans(),
        st.none() | dates,
        st.none() | times,
        st.none() | strings,
        st.none() | st.integers(-4, 4),
    ),
)

COLUMN_OF_TEXT = '"%s \'""; drop"'


def quote_string(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def calls(names: Sequence[str], *arguments: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(st.sampled_from(names), st.tuples(*arguments)).map(lambda p: f"{p[0]}({','.join(p[1])})")


integers = st.integers(-3, 5).map(str)
constants = {
    "string": strings.map(quote_string),
    "number": numbers.map(str) | st.sampled_from(["1e2", "99999999999999999999"]),
    "boolean": st.sampled_from(["true", "false"]),
    "date": dates | st.just("date(now() sub duration'P1DT1H')"),
    "time": times | st.sampled_from(["now()", "now() sub duration'PT36H'", "mindatetime()", "maxdatetime()"]),
}
plain_strings = st.sampled_from(["s", COLUMN_OF_TEXT]) | constants["string"]
integer_terms = integers | st.sampled_from(
    ["i", "$id", "i mul 2", "length(s)", "null", "99999999999", "-99999999999"]
)
string_terms = st.recursive(
    plain_strings,
    lambda inner: st.one_of(
        calls(["tolower", "toupper", "trim"], inner),
        calls(["concat"], inner, inner),
        calls(["substring"], inner, integer_terms),
        calls(["substring"], inner, integer_terms, st.integers(0, 4).map(str) | st.sampled_from(["i", "null"])),
    ),
    max_leaves=3,
)
whole_terms = st.one_of(
    st.sampled_from(["i", "$id", "$version"]),
    calls(["length"], string_terms),
    calls(["indexof"], string_terms, string_terms),
    calls(["year", "month", "day"], st.sampled_from(["d", "t"]) | dates),
    calls(["hour", "minute", "second", "totaloffsetminutes"], st.sampled_from(["t", "now()"]) | times),
)
number_terms = st.recursive(
    whole_terms | st.just("n") | calls(["fractionalseconds"], st.just("t") | times),
    lambda inner: st.one_of(
        calls(["round", "floor", "ceiling"], inner),
        inner.map(lambda part: f"-({part})"),
        st.tuples(
            inner,
            st.sampled_from(["add", "sub", "mul", "div", "divby", "mod"]),
            inner | constants["number"] | st.just("null"),
        ).map(lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"),
    ),
    max_leaves=4,
)
terms = {
    "string": string_terms,
    "number": number_terms,
    "boolean": st.just("ok"),
    "date": st.sampled_from(["d", "date(t)"]),
    "time": st.just("t"),
}


@st.composite
def comparisons(draw: st.DrawFn) -> str:
    kind = draw(st.sampled_from(sorted(terms)))
    sides = terms[kind] | constants[kind] | st.just("null")
    return f"{draw(sides)} {draw(st.sampled_from(['eq', 'ne', 'gt', 'ge', 'lt', 'LE']))} {draw(sides)}"


@st.composite
def memberships(draw: st.DrawFn) -> str:
    kind = draw(st.sampled_from(sorted(terms)))
    literals = {"date": dates, "time": times}.get(kind, constants[kind])
    choices = draw(st.lists(literals | st.just("null"), max_size=3))
    return f"({draw(terms[kind] | st.just('null'))}) in ({','.join(choices)})"


matches = st.tuples(
    st.sampled_from(["contains", "startswith", "endswith"]), string_terms, string_terms | st.just("null")
).map(lambda parts: f"{parts[0]}({parts[1]},{parts[2]})")
conditions = st.recursive(
    comparisons() | memberships() | matches | st.sampled_from(["ok", "true", "false", "null"]),
    lambda inner: st.one_of(
        inner.map(lambda part: f"not ({part})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: "(" + ") and (".join(parts) + ")"),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: "(" + ") or (".join(parts) + ")"),
        inner.map(lambda part: f"({part}) in (true, null)"),
        st.tuples(inner, st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"]), inner).map(
            lambda p: f"({p[0]}) {p[1]} ({p[2]})"
        ),
    ),
    max_leaves=5,
)
sorts = st.lists(
    st.tuples(
        st.sampled_from(["", "-"]),
        st.sampled_from(["s", "n", "ok", "d", "t", "i", "$id", "$version", COLUMN_OF_TEXT]),
    ),
    unique_by=lambda key: key[1],
    max_size=3,
).map(lambda keys: ",".join(sign + name for sign, name in keys))
