"""Server-driven paging: the next links lead through every entity of one version, once."""

import httpx
import pytest

from tests.given import Dataset, create_people
from tests.interfaces.odata.odata_requests import entity_set_name, error_object, get, get_json, walk_ids, walk_pages

AGES = (30, None, 20, 40, None, 20, 7)


@pytest.fixture
def seven(client: httpx.Client) -> Dataset:
    return create_people(client, *AGES)


def test_pages_are_of_the_size_preferred(client: httpx.Client, seven: Dataset) -> None:
    name = entity_set_name(seven)
    assert walk_ids(client, name, 3) == [[1, 2, 3], [4, 5, 6], [7]]
    answer = get(client, name, {"Prefer": "respond-async, odata.maxpagesize=3"})
    assert answer.headers["preference-applied"] == "odata.maxpagesize=3"
    assert get(client, name, {"Prefer": "maxpagesize=3"}).headers["preference-applied"] == "maxpagesize=3"
    assert get(client, name, {"Prefer": "maxpagesize=999999"}).headers["preference-applied"] == "maxpagesize=5000"
    ignored = get(client, name, {"Prefer": "maxpagesize=0, maxpagesize=x"})
    assert "preference-applied" not in ignored.headers and len(ignored.json()["value"]) == 7


@pytest.mark.parametrize("orderby", ["age", "age desc", "age,name desc", "name desc"])
@pytest.mark.parametrize("size", [1, 2, 5])
def test_paging_returns_every_entity_once(client: httpx.Client, seven: Dataset, orderby: str, size: int) -> None:
    name = entity_set_name(seven)
    (whole,) = walk_ids(client, name, 100, orderby=orderby)
    assert [id for page in walk_ids(client, name, size, orderby=orderby) for id in page] == whole
    assert sorted(whole) == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    "orderby",
    [
        "age mod 20 desc,name desc",
        "length(name),age ge 30 desc",
        "toupper(name) desc",
        "concat(name,'''x') desc,_id",
        "age divby 3,_version desc",
        "age eq null,_id desc",
    ],
)
@pytest.mark.parametrize("size", [1, 2, 5])
def test_paging_by_computed_values_returns_every_entity_once(
    client: httpx.Client, seven: Dataset, orderby: str, size: int
) -> None:
    name, options = entity_set_name(seven), {"filter": "length(name) eq 2", "search": "p1 OR NOT p3"}
    (whole,) = walk_ids(client, name, 100, orderby=orderby, **options)
    assert [id for page in walk_ids(client, name, size, orderby=orderby, **options) for id in page] == whole
    assert sorted(whole) == [1, 2, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("orderby", "ids"),
    [
        ("age mod 20,_id", [2, 5, 3, 4, 6, 7, 1]),
        ("age mod 20 desc,_id desc", [1, 7, 6, 4, 3, 5, 2]),
        ("age ge 30 desc,age", [1, 4, 2, 5, 7, 3, 6]),
        ("-age", [2, 5, 4, 1, 3, 6, 7]),
        ("(age) desc", [4, 1, 3, 6, 7, 2, 5]),
    ],
)
def test_entities_are_in_the_order_of_computed_values(
    client: httpx.Client, seven: Dataset, orderby: str, ids: list[int]
) -> None:
    found = walk_ids(client, entity_set_name(seven), 3, orderby=orderby)
    assert found == [ids[:3], ids[3:6], ids[6:]]


def test_paging_keeps_filter_selection_count_and_version_while_others_write(
    client: httpx.Client, seven: Dataset
) -> None:
    name = entity_set_name(seven)
    walk = walk_pages(client, name, 2, filter="age ne null", orderby="age desc", select="_id,age", count="true")
    first = next(walk)
    seven.send("DELETE", "/records/6")
    seven.create(name="p8", age=25)
    rest = list(walk)
    assert [entity for page in (first, *rest) for entity in page["value"]] == [
        {"_id": 4, "age": 40},
        {"_id": 1, "age": 30},
        {"_id": 3, "age": 20},
        {"_id": 6, "age": 20},
        {"_id": 7, "age": 7},
    ]
    assert [page["@odata.count"] for page in (first, *rest)] == [5, 5, 5]
    assert {page["@odata.context"] for page in (first, *rest)} == {first["@odata.context"]}


def test_top_and_skip_apply_to_all_pages_together(client: httpx.Client, seven: Dataset) -> None:
    name = entity_set_name(seven)
    assert walk_ids(client, name, 2, top=5) == [[1, 2], [3, 4], [5]]
    assert walk_ids(client, name, 2, top=4) == [[1, 2], [3, 4]]
    assert walk_ids(client, name, 2, top=4, skip=2) == [[3, 4], [5, 6]]
    assert walk_ids(client, name, 2, top=0) == [[]]
    assert walk_ids(client, name, 7) == [[1, 2, 3, 4, 5, 6, 7]]


def test_next_links_are_absolute_and_refuse_options_they_contain(client: httpx.Client, seven: Dataset) -> None:
    link = get_json(client, entity_set_name(seven), {"Prefer": "maxpagesize=2"})["@odata.nextLink"]
    assert link.startswith(f"{str(client.base_url).rstrip('/')}/odata/{entity_set_name(seven)}?$skiptoken=")
    assert error_object(client.get(f"{link}&$filter=age gt 1"), 400)["target"] == "$filter"
    assert error_object(client.get(link[:-3]), 400)["target"] == "$skiptoken"


def test_paging_in_the_past_stays_at_its_version(client: httpx.Client, seven: Dataset) -> None:
    name = entity_set_name(seven)
    walk = list(walk_pages(client, f"@5/{name}", 3))
    assert [[entity["_id"] for entity in page["value"]] for page in walk] == [[1, 2, 3], [4]]
    link = walk[0]["@odata.nextLink"]
    assert "/odata/@5/" in link
    assert error_object(client.get(link.replace("@5", "@6")), 400)["target"] == "$skiptoken"
