"""`$search` by the grammar of OData 4.01, and the refusals of what is no search."""

import httpx
import pytest

from tests.given import create_dataset, import_csv
from tests.interfaces.odata.odata_requests import (
    entity_ids,
    entity_set_name,
    error_object,
    get,
    get_json,
    walk_ids,
)

TEXTS = (
    ("blue chair", "Oslo"),
    ("green chair", "Rome"),
    ("Blue table", "Oslo"),
    ("bluebell seeds", "Bergen"),
    ("arm chair, blue", None),
    ("NOT for sale", "Rome"),
)


@pytest.fixture(scope="module")
def shop(client: httpx.Client) -> str:
    dataset = create_dataset(client, [{"name": "what", "type": "string"}, {"name": "city", "type": "string"}])
    for what, city in TEXTS:
        dataset.create(what=what, city=city)
    return entity_set_name(dataset)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("blue", [1, 3, 4, 5]),
        ("BLUE", [1, 3, 4, 5]),
        ("blue chair", [1, 5]),
        ("blue AND chair", [1, 5]),
        ("chair OR table", [1, 2, 3, 5]),
        ("NOT chair", [3, 4, 6]),
        ("NOT blue", [2, 6]),
        ("blue NOT chair", [3, 4]),
        ("blue AND NOT (chair OR table)", [4]),
        ("table OR blue AND chair", [1, 3, 5]),
        ("(table OR blue) AND chair", [1, 5]),
        ("NOT (NOT blue)", [1, 3, 4, 5]),
        ("NOT blue OR table", [2, 3, 6]),
        ('"blue chair"', [1]),
        ('"arm chair" OR "green chair"', [2, 5]),
        ('NOT "blue chair"', [2, 3, 4, 5, 6]),
        ("NOT", [6]),
        ("NOT NOT", [1, 2, 3, 4, 5]),
        ("NOT sale", [1, 2, 3, 4, 5]),
        ('"not" sale', [6]),
        ("blue Oslo", [1, 3]),
        ("Rome OR Bergen", [2, 4, 6]),
        ("blue & chair", [1, 5]),
        ("-chair", [1, 2, 5]),
        ("'blue ch'", [1, 5]),
        ("'\"blue ch'", [1, 5]),
        ("nothing OR else", []),
        (" ", [1, 2, 3, 4, 5, 6]),
    ],
)
def test_a_search_finds_what_its_operators_say(
    client: httpx.Client, shop: str, search: str, found: list[int]
) -> None:
    assert entity_ids(client, shop, search=search) == found
    assert get(client, f"{shop}/$count", search=search).text == str(len(found))


def test_a_search_goes_with_the_other_options(client: httpx.Client, shop: str) -> None:
    options = {"search": "blue AND NOT table", "filter": "city ne 'Bergen'", "orderby": "length(what) desc"}
    body = get_json(client, shop, None, count="true", select="what", **options)
    assert (body["@odata.count"], [each["what"] for each in body["value"]]) == (2, ["arm chair, blue", "blue chair"])
    assert walk_ids(client, shop, 1, **options) == [[5], [1]]
    assert entity_ids(client, f"@4/{shop}", search="blue NOT table") == [1]


@pytest.mark.parametrize(
    ("search", "hint"),
    [
        ('"blue', "not closed"),
        ('"blue"green', "no blank before it"),
        ("NOT(blue)", "no blank before it"),
        ("(blue", "not closed"),
        ("blue)", "closes nothing"),
        ("()", "expected a word"),
        ('""', "is empty"),
        ("blue OR !", "contains no word"),
        ("(" * 400 + "a" + ")" * 400, "levels deep"),
        ("NOT " * 240 + "a", "levels deep"),
        ("a " * 33, "33 terms"),
        ("a" * 1001, "1001 characters"),
    ],
)
def test_what_is_no_search_is_refused(client: httpx.Client, shop: str, search: str, hint: str) -> None:
    for path in (shop, f"{shop}/$count"):
        refusal = error_object(get(client, path, search=search), 400)
        assert refusal["target"] == "$search" and hint in refusal["message"]


def test_operators_belong_to_odata_alone(client: httpx.Client) -> None:
    dataset = import_csv(client, "name\nblue\ngreen\nblue or green\n")
    assert [each["id"] for each in dataset.get_json("/records", search="blue OR green")["data"]] == [3]
    assert entity_ids(client, entity_set_name(dataset), search="blue OR green") == [1, 2, 3]
