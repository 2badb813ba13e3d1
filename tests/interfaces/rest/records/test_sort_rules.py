"""`sort=name:ci` and `sort=name:natural` order text as people do, on every page, and as of any version."""

import httpx
import pytest

from tests.given import Dataset, code, create_dataset

NAMES = ["z12", "Z2", "z2", "a", "B", "ä", "A", "z 3", "z02", "z1b", "z1a", "10", "9", None, "Zoë", "zoe", "١٢", ""]
BY_CASE = ["", "10", "١٢", "9", "a", "ä", "A", "B", "z 3", "z02", "z12", "z1a", "z1b", "Z2", "z2", "Zoë", "zoe", None]
NATURAL = ["", "9", "10", "١٢", "a", "ä", "A", "B", "z 3", "z1a", "z1b", "Z2", "z2", "z02", "z12", "Zoë", "zoe", None]


@pytest.fixture
def names(client: httpx.Client) -> Dataset:
    dataset = create_dataset(client, [{"name": "name", "type": "string"}, {"name": "n", "type": "integer"}])
    operations = [{"op": "create", "values": {"name": name, "n": at}} for at, name in enumerate(NAMES)]
    assert dataset.send("POST", "/batch", {"operations": operations}).status_code == 200
    return dataset


@pytest.mark.parametrize(("rule", "expected"), [("ci", BY_CASE), ("natural", NATURAL)])
def test_text_is_sorted_by_the_rule(names: Dataset, rule: str, expected: list[str | None]) -> None:
    assert names.column("name", sort=f"name:{rule}") == expected
    assert names.column("name", sort=f'"name":{rule}', as_of=2) == expected
    descending = names.column("name", sort=f"-name:{rule},-$id")
    assert descending == [*expected[-2::-1], None]


@pytest.mark.parametrize("sort", ["name:ci", "-name:ci", "name:natural", "-name:natural,n"])
def test_pages_follow_each_other(names: Dataset, sort: str) -> None:
    whole, found, next = names.column("name", sort=sort), list[str | None](), None
    while True:
        page = names.get_json("/records", limit=3, **({"sort": sort} if next is None else {"cursor": next}))
        found += [record["values"]["name"] for record in page["data"]]
        if (next := page["page"]["next"]) is None:
            break
    assert found == whole and len(found) == len(NAMES)


def test_an_export_has_the_same_order(names: Dataset) -> None:
    lines = names.get("/export", format="csv", sort="name:natural", fields="n").text.splitlines()
    assert lines[1:] == [str(n) for n in names.column("n", sort="name:natural")]


def test_long_text_is_compared_by_its_first_hundred_characters(client: httpx.Client) -> None:
    dataset = create_dataset(client, [{"name": "name", "type": "string"}])
    for text in ("x" * 100 + "b", "X" * 100 + "a", "x" * 99 + "a", "7" * 120, "7" * 99 + "6"):
        dataset.create(name=text)
    for rule in ("ci", "natural"):
        assert [record["id"] for record in dataset.get_json("/records", sort=f"name:{rule}")["data"]][2:] == [3, 1, 2]


@pytest.mark.parametrize(
    ("sort", "expected"), [("name:case", "sort-syntax"), ("n:ci", "sort-type"), ("$id:natural", "sort-type")]
)
def test_other_rules_and_columns_are_refused(names: Dataset, sort: str, expected: str) -> None:
    assert code(names.get("/records", sort=sort), 400) == expected
