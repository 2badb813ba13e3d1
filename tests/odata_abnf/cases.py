"""The OASIS test cases for OData's grammar, as far as they concern filters, orders and searches over columns.

They follow `abnf/odata-abnf-testcases.yaml` (OData ABNF Test Cases Version 4.01) of github.com/oasis-tcs/odata-abnf.
Each case names a rule of the grammar and the text to parse. What OASIS encodes for a URL (`%2B`) is decoded here, as
in the filter. A literal is compared with a column of its type, and an expression that is not a condition is compared
with one. Properties are columns of `SCHEMA` with the names of the cases. If OASIS gives the position of an error
(`FailAt`, from 0), the case has it, and our position is the same or the beginning of the word that contains it.

Omitted is what no table of plain columns has: navigation and paths (`Address/Street`, `$root`, key predicates, type
casts), collections and lambda (`any`, `all`, `/$count`, `hassubset`), `$it` and `$this`, JSON arrays and objects,
parameter aliases and annotations, functions of a service (`Model.Available()`), and the other query options. After
decoding, a search may contain `&`, `#` and `;`. No
column contains geography, geometry, enumerations, guid, binary, times of day or durations; one case of each is in
`REFUSED` and must be refused with a clear message. `INF`, `NaN` and years before 1 are not supported.
"""

from typing import NamedTuple

from domain.columns import Column, ColumnType
from domain.schema import Definition

_TYPES = {
    ColumnType.STRING: "Name CompanyName Street City FirstName LastName CountryCode style Title",
    ColumnType.DECIMAL: "Price TaxRate Amount X",
    ColumnType.INTEGER: "Rating Quantity Age __ID",
    ColumnType.BOOLEAN: "Size Completed",
    ColumnType.DATE: "BirthDate",
    ColumnType.DATETIME: "ReleaseDate LifeTime",
}
SCHEMA = Definition(
    "products",
    "",
    tuple(
        Column(name, kind, place)
        for place, (name, kind) in enumerate((n, kind) for kind, names in _TYPES.items() for n in names.split())
    ),
)


class Read(NamedTuple):
    rule: str
    text: str


class Same(NamedTuple):
    """`text` means what `other` means."""

    rule: str
    text: str
    other: str


class Refused(NamedTuple):
    """`at` is our place, from 1; `fail_at` that of OASIS, from 0, in its text, which begins `before` letters on."""

    rule: str
    text: str
    at: int
    fail_at: int | None = None
    before: int = 0


READ = (
    Read("filter", "true"),
    Read("filter", "Completed"),
    Read("boolCommonExpr", "true eq false"),
    Read("boolCommonExpr", "true ne false"),
    Read("boolCommonExpr", "true and false"),
    Read("boolCommonExpr", "true or false"),
    Read("notExpr", "not false"),
    Read("notExpr", "not endswith(Name,'ilk')"),
    Read("boolCommonExpr", "Size eq true"),
    Read("boolCommonExpr", "Price eq 4.0"),
    Read("boolCommonExpr", "Street eq 'Hugo'"),
    Read("boolCommonExpr", "Name eq 'Milk'"),
    Read("boolCommonExpr", "Name ne 'Milk'"),
    Read("boolCommonExpr", "Name gt 'Milk'"),
    Read("boolCommonExpr", "Name ge 'Milk'"),
    Read("boolCommonExpr", "Name lt 'Milk'"),
    Read("boolCommonExpr", "Name le 'Milk'"),
    Read("boolCommonExpr", "Name EQ 'Milk' AND Price LT 2.55"),
    Read("boolCommonExpr", "Name Eq 'Milk' OR Price Lt 2.55"),
    Read("boolCommonExpr", "Name in ('Milk', 'Cheese')"),
    Read("boolCommonExpr", "FirstName in ('Miller','Smith')"),
    Read("commonExpr", "FirstName in ()"),
    Read("boolCommonExpr", "Price add 2.45 eq 5.00"),
    Read("boolCommonExpr", "Price sub 0.55 eq 2.00"),
    Read("boolCommonExpr", "Price mul 2.0 eq 5.10"),
    Read("boolCommonExpr", "Price div 2.55 eq 1"),
    Read("boolCommonExpr", "Rating div 2 eq 2"),
    Read("boolCommonExpr", "Rating divby 2 eq 2.5"),
    Read("boolCommonExpr", "Rating mod 5 eq 0"),
    Read("commonExpr", "(Price add 2.45) mod 2 eq 0"),
    Read("commonExpr", "-Price eq 1"),
    Read("commonExpr", "Price mul 2 eq 1"),
    Read("commonExpr", "Price div 2 eq 1"),
    Read("commonExpr", "Price divby 2 eq 1"),
    Read("commonExpr", "Price mod 5 eq 1"),
    Read("commonExpr", "(true)"),
    Read("boolCommonExpr", "( true )"),
    Read("boolCommonExpr", "(false)"),
    Read("boolCommonExpr", "(Name eq 'Milk')"),
    Read("boolCommonExpr", "(4 add 5) mod (4 sub 1) eq 0"),
    Read("concatMethodCallExpr", "concat(CompanyName, Name) eq ''"),
    Read("concatMethodCallExpr", "concat(concat(Street,'-'),City) eq ''"),
    Read("concatMethodCallExpr", "concat(concat(City,', '),CountryCode) eq 'Berlin, Germany'"),
    Read("containsMethodCallExpr", "contains(CompanyName,'lfreds')"),
    Read("containsMethodCallExpr", "contains(CompanyName,'Alfreds')"),
    Read("endsWithMethodCallExpr", "endswith(CompanyName,'Futterkiste')"),
    Read("startsWithMethodCallExpr", "startswith(CompanyName,'Futterkiste')"),
    Read("startsWithMethodCallExpr", "startswith(City,'H')"),
    Read("indexOfMethodCallExpr", "indexof(CompanyName,'lfreds') eq 1"),
    Read("lengthMethodCallExpr", "length(CompanyName) eq 19"),
    Read("substringMethodCallExpr", "substring(CompanyName, 5) eq ''"),
    Read("substringMethodCallExpr", "substring(CompanyName,5,2) eq ''"),
    Read("substringMethodCallExpr", "substring(CompanyName,1) eq 'lfreds Futterkiste'"),
    Read("toLowerMethodCallExpr", "tolower(CompanyName) eq ''"),
    Read("toUpperMethodCallExpr", "toupper(CompanyName) eq ''"),
    Read("trimMethodCallExpr", "trim(CompanyName) eq ''"),
    Read("dateMethodCallExpr", "date(LifeTime) eq BirthDate"),
    Read("dayMethodCallExpr", "day(BirthDate) eq 8"),
    Read("fractionalsecondsMethodCallExpr", "fractionalseconds(LifeTime) lt 0.1"),
    Read("hourMethodCallExpr", "hour(LifeTime) eq 4"),
    Read("maxDateTimeMethodCallExpr", "LifeTime lt maxdatetime()"),
    Read("maxDateTimeMethodCallExpr", "LifeTime lt maxdatetime( )"),
    Read("minDateTimeMethodCallExpr", "LifeTime gt mindatetime()"),
    Read("minDateTimeMethodCallExpr", "LifeTime gt mindatetime( )"),
    Read("minuteMethodCallExpr", "minute(LifeTime) eq 40"),
    Read("monthMethodCallExpr", "month(BirthDate) eq 5"),
    Read("nowMethodCallExpr", "LifeTime ge now()"),
    Read("nowMethodCallExpr", "LifeTime ge now( )"),
    Read("secondMethodCallExpr", "second(LifeTime) eq 40"),
    Read("totalOffsetMinutesMethodCallExpr", "totaloffsetminutes(ReleaseDate) eq 60"),
    Read("yearMethodCallExpr", "year(BirthDate) eq 1971"),
    Read("ceilingMethodCallExpr", "ceiling(Price) eq 32"),
    Read("floorMethodCallExpr", "floor(Price) eq 32"),
    Read("roundMethodCallExpr", "round(Price) eq 32"),
    Read("primitiveLiteral", "BirthDate gt 2013-05-24"),
    Read("primitiveLiteral", "Price eq 4.0"),
    Read("primitiveLiteral", "Name eq 'Huge'"),
    Read("date", "BirthDate eq 2012-09-03"),
    Read("date", "BirthDate eq 2012-09-20"),
    Read("dateValue", "BirthDate eq 2012-09-10"),
    Read("dateTimeOffsetValue", "ReleaseDate eq 2012-09-03T22:09:02Z"),
    Read("dateTimeOffsetValue", "ReleaseDate eq 2012-08-31T18:19:22.1Z"),
    Read("dateTimeOffsetValue", "ReleaseDate eq 2012-09-03T12:53Z"),
    Read("dateTimeOffsetLiteral", "ReleaseDate eq 2012-09-03T23:59+01:00"),
    Read("decimalValue", "Price eq 3.14"),
    Read("decimalValue", "Price eq -1.234567e3"),
    Read("decimalValue", "Price eq 1e-101"),
    Read("decimalValue", "Price eq -2"),
    Read("decimalValue", "Price eq +42"),
    Read("doubleValue", "Price eq -0.314e1"),
    Read("singleValue", "Price eq +0.314e+1"),
    Read("byteValue", "Rating eq 255"),
    Read("sbyteValue", "Rating eq -128"),
    Read("int16Value", "Rating eq +32000"),
    Read("int32Value", "Rating eq -2000000000"),
    Read("int64Value", "Rating eq 1234567890123456789"),
    Read("primitiveValue", "Rating eq 0123456789"),
    Read("null", "Name eq null"),
    Read("stringLiteral", "Name eq 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&('')*+,;=:@'"),
    Read("stringLiteral", "Name eq 'O''Neil'"),
    Read("stringLiteral", "Name eq '&('"),
    Read("stringLiteral", "Name eq 'Hugo''s Tavern'"),
    Read("stringLiteral", "Name eq 'Smartphone/Tablet'"),
    Read("stringLiteral", "Name eq 'Tablet (small)'"),
    Read("stringLiteral", "Name eq 'Tablet )small('"),
    Read("odataIdentifier", "__ID eq 1"),
    Read("enumLiteral", "style eq 'Yellow'"),
    Read("commonExpr", "Amount mul TaxRate gt 1"),
    Read("orderby", "Price ge Amount"),
    Read("filter", "Age gt 3"),
    Read("filter", "Price lt 5"),
    Read("filter", "Price gt 5.00"),
    Read("filter", "contains(Name,'red')"),
    Read("filter", "endswith(Street,'St')"),
    Read("filter", "endswith(Name,'.com')"),
    Read("filter", "contains(Title,'Black')"),
    Read("filter", "Title eq 'Wizard of Oz'"),
    Read("filter", "X gt 0 or X lt 0 or true"),
)

SAME = (
    Same("boolean", "Size eq tRUe", "Size eq true"),
    Same("boolean", "Size eq FALSE", "Size eq false"),
    Same("parenExpr", "(Name eq 'Milk')", "Name eq 'Milk'"),
    Same("parenExpr", "( true )", "true"),
    Same("eqExpr", "Name EQ 'Milk' AND Price LT 2.55", "Name eq 'Milk' and Price lt 2.55"),
    Same("orExpr", "Name Eq 'Milk' OR Price Lt 2.55", "Name eq 'Milk' or Price lt 2.55"),
    Same("notExpr", "NOT endsWith(Name,'ilk')", "not endswith(Name,'ilk')"),
    Same("inExpr", "Name IN ( 'Milk' , 'Cheese' )", "Name in ('Milk','Cheese')"),
    Same("methodCallExpr", "IndexOf( Name , 'a' ) eq 1", "indexof(Name,'a') eq 1"),
    Same("dateTimeOffsetValue", "ReleaseDate eq 2012-09-03T13:52Z", "ReleaseDate eq 2012-09-03T13:52:00Z"),
    Same("dateTimeOffsetValue", "ReleaseDate eq 2012-09-03T14:53+02:00", "ReleaseDate eq 2012-09-03T14:53:00+02:00"),
    Same("mulExpr", "Price add 2 mul 3 eq 1", "Price add (2 mul 3) eq 1"),
    Same("divExpr", "Price div 2 div 3 eq 1", "(Price div 2) div 3 eq 1"),
    Same("divExpr", "Price div 2.55 eq 1", "Price divby 2.55 eq 1"),
    Same("subExpr", "Price sub 2 sub 3 eq 1", "(Price sub 2) sub 3 eq 1"),
    Same("modExpr", "Rating mod 3 mul 2 eq 1", "(Rating mod 3) mul 2 eq 1"),
    Same("negateExpr", "-Price add 1 eq 1", "(-Price) add 1 eq 1"),
    Same("negateExpr", "- Price mul 2 eq 1", "(-Price) mul 2 eq 1"),
    Same("gtExpr", "Price add 1 gt Amount sub 1", "(Price add 1) gt (Amount sub 1)"),
    Same("eqExpr", "Price gt 1 eq Amount lt 2", "(Price gt 1) eq (Amount lt 2)"),
    Same("neExpr", "Size eq true ne Completed", "(Size eq true) ne Completed"),
    Same("andExpr", "Size or Completed and Age gt 3", "Size or (Completed and (Age gt 3))"),
    Same("andExpr", "not Size and Completed", "(not Size) and Completed"),
    Same("inExpr", "not Name in ('Milk')", "not (Name in ('Milk'))"),
)

REFUSED = (
    Refused("commonExpr", "", 1, 0),
    Refused("commonExpr", "FirstName in (FirstName,LastName)", 15, 23),
    Refused("commonExpr", "FirstName in (FirstName)", 15),
    Refused("commonExpr", "Name eq ('Miller','Smith')", 18, 17),
    Refused("boolean", "Size eq 0", 9, 0, 8),
    Refused("boolean", "Size eq 1", 9, 0, 8),
    Refused("date", "BirthDate eq -INF", 15, 1, 13),
    Refused("date", "BirthDate eq INF", 14, 0, 13),
    Refused("date", "BirthDate eq 0000-01-01", 14),
    Refused("date", "BirthDate eq 2012-13-01", 14),
    Refused("dateTimeOffsetValue", "ReleaseDate eq 2011-12-31T24:00Z", 16, 12, 15),
    Refused("dateTimeOffsetValue", "ReleaseDate eq 2011-12-31T24:00:00Z", 16, 12, 15),
    Refused("dateTimeOffsetValue", "ReleaseDate eq 2012-09-03T24:00-03:00", 16, 12, 15),
    Refused("dateTimeOffsetValue", "ReleaseDate eq 2012-09-03T23%3A59Z", 29, 13, 15),
    Refused("dateTimeOffsetValue", "ReleaseDate eq 2012-09-03T23:59+01%3A00", 32, 19, 15),
    Refused("dateTimeOffsetValue", "ReleaseDate eq 1972-06-30T23:59:60Z", 16),
    Refused("decimalValue", "Price eq 42.", 12, 3, 9),
    Refused("decimalValue", "Price eq .1", 10, 0, 9),
    Refused("decimalValue", "Price eq -INF", 11),
    Refused("decimalValue", "Price eq NaN", 10),
    Refused("doubleValue", "Price eq -0.314e1e2", 11, 8, 9),
    Refused("stringLiteral", "Name eq 'O'Neil'", 12, 3, 8),
    Refused("stringLiteral", "Name eq 'O", 9),
    Refused("binaryLiteral", "Name eq X'1a2B3c4D'", 9, 0, 8),
    Refused("binaryLiteral", "Name eq binary'Zg=='", 9),
    Refused("guid", "Name eq 01234567-89ab-cdef-0123-456789abcdef", 17),
    Refused("guid", "Name eq 01234g67-89ab-cdef-0123-456789abcdef", 9, 5, 8),
    Refused("timeOfDayValue", "Name eq 11:22:33", 11),
    Refused("durationLiteral", "Name eq duration'P6DT23H59M59.9999S'", 9),
    Refused("durationValue", "LifeTime gt now() sub duration'+P6DT23H59M59.9999S'", 23, 0, 31),
    Refused("durationValue", "LifeTime gt now() sub duration'P1Y6DT23H59M59.9999S'", 23, 2, 31),
    Refused("durationValue", "LifeTime gt now() sub duration'P1M6DT23H59M59.9999S'", 23, 2, 31),
    Refused("enumLiteral", "style has Sales.Pattern'Yellow'", 7),
    Refused("enumLiteral", "style eq Sales.Pattern'Yellow'", 10),
    Refused("geographyPoint", "Name eq geography'SRID=0;Point(142.1 64.1)'", 9),
    Refused("odataIdentifier", "0time eq 1", 1, 0),
    Refused("odataIdentifier", "No.Dot eq 1", 3, 2),
    Refused("matchesPatternMethodCallExpr", "matchesPattern(CompanyName,'^A.*e$')", 1),
    Refused("timeMethodCallExpr", "time(ReleaseDate) eq 1", 1),
    Refused("totalsecondsMethodCallExpr", "totalseconds(LifeTime) eq 1", 1),
    Refused("castExpr", "cast(Name,Edm.Boolean)", 1),
    Refused("isofExpr", "isof(Name)", 1),
    Refused("caseMethodCallExpr", "case(X gt 0:1,X lt 0:-1,true:0) eq 1", 1),
    Refused("anyExpr", "any()", 1, 3),
    Refused("allExpr", "all(lambda:true)", 1, 3),
    Refused("array", 'FirstName in ["Miller","Smith"]', 14),
    Refused("object", "Name eq {}", 9),
    Refused("propertyPathExpr", "Address/Street eq 'Hugo'", 8),
    Refused("implicitVariableExpr", "endswith($it,'.com')", 10),
    Refused("hourMethodCallExpr", "hour(BirthDate) eq 4", 6),
    Refused("parameterAlias", "Title eq @title", 10),
)

ORDER_READ = (
    Read("orderby", "Name"),
    Read("orderby", "Name\tasc"),
    Read("orderby", "Name asc,Rating,ReleaseDate desc"),
    Read("orderby", "Price ge Amount asc"),
)

SEARCH_READ = (
    Read("search", "blue"),
    Read("search", "1984"),
    Read("search", "2x4"),
    Read("search", "3.14"),
    Read("search", "9,81"),
    Read("search", "brand-new"),
    Read("search", "Daniel's"),
    Read("search", "__FILE__"),
    Read("search", "$search"),
    Read("search", "08/15"),
    Read("search", "#1"),
    Read("search", "more&more"),
    Read("search", "a;b"),
    Read("search", "AND"),
    Read("search", "OR"),
    Read("search", "NOT"),
    Read("search", "NOT blue"),
    Read("search", "NOT (blue green)"),
    Read("search", "NOT NOT"),
    Read("search", "AND OR"),
    Read("search", "OR AND"),
    Read("search", "AND OR NOT"),
    Read("search", '"blue green"'),
    Read("search", "'\"blue'"),
    Read("search", '\'"blue" "green\''),
    Read("search", "blue green"),
    Read("search", "blue NOT green"),
    Read("searchExpr", "(foo OR that) AND (bar OR baz) AND NOT quux"),
    Read("search", "foo AND (bar OR baz)"),
    Read("search", "(foo AND bar) OR baz"),
    Read("search", "(NOT foo) OR baz"),
    Read("search", "(NOT foo)"),
    Read("search", "Δ"),
)

SEARCH_SAME = (
    Same("search", "blue AND green", "blue green"),
    Same("search", "blue OR (green)", "blue OR green"),
    Same(
        "search",
        "foo AND bar OR foo AND baz OR that AND bar OR that AND baz",
        "(foo bar) OR (foo baz) OR (that bar) OR (that baz)",
    ),
)

SEARCH_REFUSED = (
    Refused("search", '"blue', 1),
    Refused("searchExpr", '"blue"green', 7, 6),
)
