"""A query wants the index that returns its page in order, and no index if it needs none."""

import pytest

from domain.columns import Column, ColumnType
from domain.schema import Definition
from projections.indexes import index_specs
from projections.indexes.index_specs import IndexKind, IndexPart, IndexSpec, create_index_sql
from projections.query.compiled import QuerySpec, compile_query
from projections.query.index_recommendations import recommend_indexes
from projections.query.pages.page_reader import PageReader
from projections.sql.record_tables import RecordTable
from projections.sql.row_json import record_json
from tests.limits import QUERY_LIMITS

TYPES = {
    "name": ColumnType.STRING,
    "status": ColumnType.STRING,
    "price": ColumnType.DECIMAL,
    "active": ColumnType.BOOLEAN,
    "at": ColumnType.DATETIME,
    "day": ColumnType.DATE,
    "more": ColumnType.JSON,
}
COLUMNS = tuple(Column(name, type, at) for at, (name, type) in enumerate(TYPES.items()))
DEFINITION = Definition("orders", "", COLUMNS)


def recommended(filter: str, sort: str = "", definition: Definition = DEFINITION) -> list[str]:
    """Each recommended index in short: `status|-price`, with the equal columns before the bar."""
    names = {column.position: column.name for column in definition.columns}

    def describe(parts: tuple[IndexPart, ...]) -> str:
        return ",".join("-" * part.descending + names[part.position] for part in parts)

    specs = recommend_indexes(compile_query(definition, QuerySpec(filter, sort), QUERY_LIMITS))
    return [f"{describe(spec.equal)}|{describe(spec.order)}" for spec in specs]


@pytest.mark.parametrize(
    ("filter", "sort", "wanted"),
    [
        ("", "", []),
        ("", "-$id", []),
        ("$id gt 7", "", []),
        ("", "$version,price", []),
        ("", "price", ["|price"]),
        ("", "-price,name", ["|-price,name"]),
        ("", "name,price,day,at", ["|name,price,day"]),
        ("", "price,$version", ["|price"]),
        ("status eq 'new'", "", ["status|"]),
        ("'new' eq status", "", ["status|"]),
        ("status eq 'new'", "-price", ["status|-price"]),
        ("status eq 'new'", "status,price", ["status|price"]),
        ("price eq 1 and status eq 'new'", "", ["status,price|"]),
        ("day eq 2024-01-01 and price eq 1 and status eq 'new'", "-name", ["status,price|-name"]),
        ("status eq 'new' and price gt 1", "", ["status|price"]),
        ("status eq 'new' and price gt 1", "name", ["status|name"]),
        ("price gt 1", "", ["|price"]),
        ("1 lt price and price lt 5", "price", ["|price"]),
        ("price gt 1", "-price", ["|-price", "|price"]),
        ("price gt 1", "name", ["|name", "|price"]),
        ("status in ('a','b')", "name", ["|name", "|status"]),
        ("startswith(name,'Z')", "", ["|name"]),
        ("price eq null", "", ["|price"]),
        ("active", "price", ["active|price"]),
        ("not active", "", ["active|"]),
        ("status ne 'new'", "", []),
        ("contains(name,'Z')", "", []),
        ("status eq 'a' or price gt 1", "", []),
        ("not (status eq 'a')", "price", ["|price"]),
        ("status eq name", "", []),
        ("tolower(status) eq 'a'", "", []),
    ],
)
def test_a_query_wants_these_indexes(filter: str, sort: str, wanted: list[str]) -> None:
    assert recommended(filter, sort) == wanted


def test_a_renamed_column_has_the_same_index() -> None:
    renamed = Definition("orders", "", (*COLUMNS[:2], Column("cost", ColumnType.DECIMAL, 2)))
    assert spec("price eq 1", DEFINITION) == spec("cost eq 1", renamed)


def test_types_that_are_read_in_the_same_way_share_an_index() -> None:
    integer, text = (
        Definition("orders", "", (Column("price", type, 2),)) for type in (ColumnType.INTEGER, ColumnType.STRING)
    )
    assert spec("price eq 1", DEFINITION) == spec("price eq 1", integer)
    assert spec("price eq 1", DEFINITION) != spec("price eq '1'", text)


def test_a_spec_is_read_back_from_its_text() -> None:
    for filter in ("status eq 'new'", "active and price gt 1", "at gt 2024-01-01T00:00:00Z"):
        written = recommend_indexes(compile_query(DEFINITION, QuerySpec(filter, "-name,day"), QUERY_LIMITS))
        assert [index_specs.parse_spec(one.text) for one in written] == list(written)


def test_names_fit_into_63_bytes_and_differ() -> None:
    table = RecordTable("00000000-0000-0000-0000-000000000000 rebuilt")
    specs = [IndexSpec(IndexKind.ORDER, (), (IndexPart(at, ColumnType.STRING),)) for at in range(1999)]
    names = {index_specs.index_name(table, one) for one in specs}
    assert len(names) == len(specs) and max(map(len, names)) <= 63


def test_the_sql_of_an_index_reads_values_as_filters_and_sorts_do() -> None:
    sql = create_index_sql(RecordTable("t"), spec("status eq 'new' and price gt 1", DEFINITION, "-price")).as_string()
    assert sql.endswith('(((values->>1) COLLATE "C"), (rowledger_number(values->2)) DESC NULLS LAST, id)')


def spec(filter: str, definition: Definition, sort: str = "") -> IndexSpec:
    return recommend_indexes(compile_query(definition, QuerySpec(filter, sort), QUERY_LIMITS))[0]


@pytest.mark.parametrize(
    ("filter", "sort", "is_served"),
    [
        ("", "", True),
        ("", "price", True),
        ("status eq 'a'", "price", True),
        ("status eq 'a' and price eq 1", "", True),
        ("price gt 1", "", False),
        ("status eq 'a' and price gt 1", "", False),
        ("status eq 'a' or price gt 1", "price", False),
        ("status in ('a','b')", "price", False),
        ("length(status) gt 1", "", False),
    ],
)
def test_only_equal_values_and_a_sort_have_the_same_plan_for_all_values(
    filter: str, sort: str, is_served: bool
) -> None:
    query = compile_query(DEFINITION, QuerySpec(filter, sort), QUERY_LIMITS)
    reading = PageReader(RecordTable("t"), query, record_json(COLUMNS))
    assert (reading.served_by is not None) == is_served
