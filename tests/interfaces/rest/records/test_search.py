"""`search=` over HTTP: with filters, sorts, counts, cursors and versions."""

import time
from collections.abc import Iterator

import httpx
import pytest

from application.commands import writer_lease
from interfaces.services import database
from interfaces.services.wiring import Service
from projections.indexes import keeper
from projections.indexes.keeper import IndexBudget
from projections.query.compiled import QuerySpec
from projections.query.pages import cursors, ranked_pages
from projections.query.pages.cursors import PageCursor
from tests.given import Dataset, code, create_dataset, import_csv, problem

GOODS = """code,name,price,note
A1,Product,3,red wi-fi box
A2,München,5,the dark red production line
A3,"MÜNCHEN SÜD",1,"O'Brien <ann@example.com>"
A4,Straße,4,
A5,red product,2,product
"""


@pytest.fixture(scope="module")
def goods(client: httpx.Client) -> Dataset:
    """Five records that no test changes."""
    return import_csv(client, GOODS)


def codes(dataset: Dataset, **parameters: object) -> list[str]:
    return [str(value) for value in dataset.column("code", **parameters)]


def test_the_best_answers_come_first(goods: Dataset) -> None:
    assert codes(goods, search="product") == ["A5", "A1", "A2"]
    assert codes(goods, search="~prodct") == ["A5", "A1", "A2"]
    assert codes(goods, search='"red product" -box') == ["A5"]


def test_words_are_found_in_any_column_of_strings(goods: Dataset) -> None:
    assert codes(goods, search="a3") == codes(goods, search="o'brien sud") == ["A3"]
    assert codes(goods, search="munchen") == ["A2", "A3"]
    assert codes(goods, search="3") == []


def test_a_blank_search_finds_everything(goods: Dataset) -> None:
    assert codes(goods, search=" ") == codes(goods)


@pytest.mark.parametrize("search", ["red", "~prodct box", "-red", "prod"])
def test_search_filter_sort_and_count_go_together(goods: Dataset, search: str) -> None:
    found = codes(goods, search=search)
    assert goods.get_json("/records", search=search, count="exact")["page"]["count"] == len(found)
    assert isinstance(goods.get_json("/records", search=search, count="estimate")["page"]["count"], int)
    by_code = codes(goods, search=search, sort="-code")
    assert by_code == sorted(found, reverse=True)
    cheap = [one for one in by_code if one in codes(goods, filter="price le 3")]
    assert codes(goods, search=search, filter="price le 3", sort="-code") == cheap
    assert goods.get_json("/records", search=search, filter="price le 3", count="exact")["page"]["count"] == len(
        cheap
    )


@pytest.mark.parametrize("limit", [1, 2, 3])
@pytest.mark.parametrize("sort", ["", "price"])
@pytest.mark.parametrize("search", ["red", "~prodct", "-sud"])
def test_pages_neither_repeat_nor_skip(goods: Dataset, search: str, sort: str, limit: int) -> None:
    assert list(walked(goods, limit, search=search, sort=sort)) == codes(goods, search=search, sort=sort)


def test_where_too_many_match_they_come_by_id(goods: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    assert codes(goods, search="red") == ["A5", "A1", "A2"]
    begun = goods.get_json("/records", search="red", limit=1)["page"]["next"]
    monkeypatch.setattr(ranked_pages, "MAX_RANKED", 2)
    assert codes(goods, search="Red") == list(walked(goods, 1, search="Red")) == ["A1", "A2", "A5"]
    assert codes(goods, search="sud") == ["A3"]
    assert code(goods.get("/records", cursor=begun), 400) == "invalid-cursor"


def test_a_cursor_carries_its_search(goods: Dataset) -> None:
    cursor = goods.get_json("/records", search="red", limit=1)["page"]["next"]
    assert codes(goods, cursor=cursor) == codes(goods, cursor=cursor, search="red") != []
    assert code(goods.get("/records", cursor=cursor, search="blue"), 400) == "cursor-mismatch"


@pytest.mark.parametrize("after", [(None, "1"), ("x", "1"), ("1", "x"), ("1", "2", "3"), ("9" * 30, "1")])
def test_a_cursor_of_another_kind_is_refused(goods: Dataset, after: tuple[str | None, ...]) -> None:
    cursor = cursors.encode(PageCursor(1, QuerySpec(search="red"), after))
    assert code(goods.get("/records", cursor=cursor), 400) == "invalid-cursor"


def test_an_older_version_is_searched_as_it_was(client: httpx.Client) -> None:
    dataset = create_dataset(client, [{"name": "name", "type": "string"}])
    for name in ("old red", "blue", "red"):
        dataset.create(name=name)
    dataset.send("PATCH", "/records/1", {"values": {"name": "old green"}})
    dataset.send("DELETE", "/records/3")
    for search in ("red", "~red"):
        assert dataset.column("name", search=search) == []
        assert dataset.column("name", search=search, as_of=2) == ["old red"]
        assert sorted(map(str, dataset.column("name", search=search, as_of=4))) == ["old red", "red"]
    assert dataset.column("name", search="green") == ["old green"]


def test_an_export_holds_what_is_found_in_the_order_of_the_records(goods: Dataset) -> None:
    for search in ("red", "~prodct box", "-sud"):
        lines = goods.get("/export", search=search, fields="code").text.split()
        assert lines == ["code", *sorted(codes(goods, search=search))]
    assert goods.get("/export", search="red", sort="-code", fields="code").text.split() == ["code", "A5", "A2", "A1"]


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("& | ! <->:*", "search-syntax"),
        ('"red', "search-syntax"),
        ("~", "search-syntax"),
        ("x" * 8_192, "search-limit"),
        ("x " * 40, "search-limit"),
    ],
)
def test_an_invalid_search_is_refused(goods: Dataset, search: str, expected: str) -> None:
    for path in ("/records", "/export"):
        assert code(goods.get(path, search="red\x00"), 400) == "invalid-parameter"
        answer = goods.get(path, search=search)
        assert code(answer, 400) == expected
        assert problem(answer, 400)["errors"][0]["pointer"] == "search"


@pytest.mark.parametrize("search", ["red & !box | (a:*)", "'; DROP TABLE records; --", "%s", "~%_\\", "~<->"])
def test_no_character_is_an_operator(goods: Dataset, search: str) -> None:
    assert goods.get("/records", search=search).status_code == 200


def test_numbers_alone_cannot_be_searched(client: httpx.Client) -> None:
    dataset = create_dataset(client, [{"name": "n", "type": "integer"}])
    assert code(dataset.get("/records", search="1"), 400) == "search-columns"


def test_the_service_s_sessions_find_what_is_similar(service: Service) -> None:
    """The index serves `<%`, whose threshold is the session's."""
    with service.pool.connection() as connection:
        row = connection.execute("SHOW pg_trgm.word_similarity_threshold").fetchone()
        assert row == ("0.375",)


def test_a_large_dataset_is_searched_by_an_index_after_a_while(client: httpx.Client, service: Service) -> None:
    text = "name,n\n" + "".join(
        f"thing number{at} {'rare' if at % 5_000 == 7 else ''},{at}\n" for at in range(20_000)
    )
    dataset = import_csv(client, text)
    before = {search: dataset.values(search=search) for search in ("rare", "~rrare", "number15007")}
    assert [len(found) for found in before.values()] == [4, 4, 1]
    deadline = time.monotonic() + 30
    while kinds(dataset, "wanted") != {"words", "trigrams"}:
        assert time.monotonic() < deadline, dataset.get_json("/indexes")
        time.sleep(0.05)
    with database.connect_unpooled(service.conninfo) as connection:
        keeper.build_due(connection, IndexBudget(12, 1_000, 14), writer_lease.is_free)
    assert kinds(dataset, "ready") == {"words", "trigrams"}
    assert {search: dataset.values(search=search) for search in before} == before
    dataset.create(name="rare and new", n=1)
    assert {"name": "rare and new", "n": 1} in dataset.values(search="rare new")
    assert {"name": "rare and new", "n": 1} in dataset.values(search="~rare new")


def kinds(dataset: Dataset, state: str) -> set[str]:
    return {one["kind"] for one in dataset.get_json("/indexes")["data"] if one["state"] == state}


def walked(dataset: Dataset, limit: int, **parameters: object) -> Iterator[object]:
    page = dataset.get_json("/records", limit=limit, **parameters)
    while True:
        yield from (record["values"]["code"] for record in page["data"])
        if page["page"]["next"] is None:
            return
        page = dataset.get_json("/records", limit=limit, cursor=page["page"]["next"])
