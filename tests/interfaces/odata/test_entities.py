"""Entities and their sets: every type, chosen properties, control information, keys and counts."""

from decimal import Decimal

import httpx
import pytest

from domain import exact_json
from tests.given import Dataset, create_dataset, create_people, import_csv, import_into, json_of
from tests.interfaces.odata.odata_requests import (
    create_dataset_of_all_types,
    entity_ids,
    entity_set_name,
    error_object,
    get,
    get_json,
)

FIRST = {
    "_id": 1,
    "_version": 2,
    "Text": 'say "hi"\n',
    "Whole_number": 2**63 - 1,
    "Exact": 5,
    "yes": True,
    "Day": "2024-02-29",
    "Time": "2024-01-31T10:00:00.123456789Z",
    "Anything": '{"a": ["b", 1]}',
}


@pytest.fixture(scope="module")
def dataset(client: httpx.Client) -> Dataset:
    return create_dataset_of_all_types(client)


@pytest.fixture(scope="module")
def path(dataset: Dataset) -> str:
    return entity_set_name(dataset)


def root(client: httpx.Client) -> str:
    return f"{str(client.base_url).rstrip('/')}/odata"


def test_the_service_document_lists_every_dataset_with_and_without_a_slash(
    client: httpx.Client, dataset: Dataset, path: str
) -> None:
    document = json_of(client.get("/odata"))
    assert document == json_of(client.get("/odata/"))
    assert document["@odata.context"] == f"{root(client)}/$metadata"
    assert {"name": path, "title": dataset.get_json()["name"], "kind": "EntitySet", "url": path} in document["value"]


def test_a_deleted_dataset_is_gone(client: httpx.Client) -> None:
    dataset = create_people(client, 1)
    name = entity_set_name(dataset)
    dataset.send("DELETE", "")
    assert name not in [each["name"] for each in json_of(client.get("/odata"))["value"]]
    assert name not in client.get("/odata/$metadata").text
    assert error_object(get(client, name), 410)["code"] == "dataset-deleted"


def test_every_type_has_its_json_form(client: httpx.Client, path: str) -> None:
    body = get_json(client, path)
    assert list(body) == ["@odata.context", "value"]
    assert body["@odata.context"] == f"{root(client)}/$metadata#{path}"
    first, second = body["value"]
    assert first == FIRST and list(first) == list(FIRST)
    assert second == dict.fromkeys(FIRST) | {"_id": 2, "_version": 3}


def test_decimals_keep_their_digits(client: httpx.Client) -> None:
    dataset = import_csv(client, "price\n1.10\n12345678901234567890.123456789\n")
    assert ',"price":1.10}' in get(client, entity_set_name(dataset)).text
    assert get_json(client, entity_set_name(dataset))["value"][1]["price"] == Decimal(
        "12345678901234567890.123456789"
    )


def test_numbers_are_strings_for_readers_that_ask_for_it(client: httpx.Client, path: str) -> None:
    answer = get(client, path, {"Accept": "application/json;IEEE754Compatible=true"}, count="true")
    assert answer.headers["content-type"] == "application/json;odata.metadata=minimal;IEEE754Compatible=true"
    body = json_of(answer)
    assert body["@odata.count"] == "2"
    assert body["value"][0] == FIRST | {
        "_id": "1",
        "_version": "2",
        "Whole_number": "9223372036854775807",
        "Exact": "5",
    }
    assert body["value"][1]["Exact"] is None


def test_selected_properties_are_in_order_and_named_in_the_context(client: httpx.Client, path: str) -> None:
    body = get_json(client, path, select="Day, _id,Day")
    assert body["@odata.context"] == f"{root(client)}/$metadata#{path}(Day,_id)"
    assert body["value"] == [{"Day": "2024-02-29", "_id": 1}, {"Day": None, "_id": 2}]
    assert get_json(client, path, select="*") == get_json(client, path)
    assert get_json(client, path, select="*,Day") == get_json(client, path)


def test_an_entity_without_its_key_has_its_id(client: httpx.Client, path: str) -> None:
    assert get_json(client, path, select="yes")["value"][0] == {"@odata.id": f"{path}(1)", "yes": True}


def test_control_information_follows_the_metadata_level(client: httpx.Client, path: str) -> None:
    bare = get_json(
        client, path, {"Accept": "application/json;odata.metadata=none"}, select="yes", count="true", top=1
    )
    assert bare == {"@odata.count": 2, "value": [{"yes": True}]}
    answer = get(client, path, {"Accept": "application/json;odata.metadata=full"}, top=1)
    assert answer.headers["content-type"] == "application/json;odata.metadata=full"
    (entity,) = json_of(answer)["value"]
    assert entity["@odata.type"] == f"#Rowledger.{path}_record"
    assert entity["@odata.id"] == entity["@odata.editLink"] == f"{path}(1)"
    types = {name: text for name, text in entity.items() if name.endswith("@odata.type") and name[0] != "@"}
    assert types == {
        "_id@odata.type": "#Int64",
        "_version@odata.type": "#Int64",
        "Whole_number@odata.type": "#Int64",
        "Exact@odata.type": "#Decimal",
        "Day@odata.type": "#Date",
        "Time@odata.type": "#DateTimeOffset",
    }


@pytest.mark.parametrize("key", ["1", "_id=1", " _id = 1 "])
def test_one_entity_is_found_by_its_key(client: httpx.Client, path: str, key: str) -> None:
    assert (
        get_json(client, f"{path}({key})") == {"@odata.context": f"{root(client)}/$metadata#{path}/$entity"} | FIRST
    )
    chosen = get_json(client, f"{path}({key})", select="_id,yes")
    assert chosen == {"@odata.context": f"{root(client)}/$metadata#{path}(_id,yes)/$entity", "_id": 1, "yes": True}


def test_an_invalid_key_is_refused(client: httpx.Client, path: str) -> None:
    assert error_object(get(client, f"{path}(9)"), 404)["code"] == "record-not-found"
    refusal = error_object(get(client, f"{path}('1')"), 400)
    assert refusal["code"] == "invalid-key" and f"{path}(1)" in refusal["message"] and refusal["target"] == "_id"
    assert error_object(get(client, f"{path}(1)", filter="yes"), 400)["target"] == "$filter"


def test_a_count_is_plain_text(client: httpx.Client, path: str) -> None:
    answer = get(client, f"{path}/$count", {"Accept": "text/plain"})
    assert answer.headers["content-type"].startswith("text/plain") and answer.text == "2"
    assert get(client, f"{path}/$count", filter="yes", top=0).text == "1"
    assert error_object(get(client, f"{path}/$count", select="yes"), 400)["target"] == "$select"


def test_integers_are_text_from_the_version_on_that_brought_one_beyond_64_bits(client: httpx.Client) -> None:
    dataset = create_dataset(client, [{"name": "n", "type": "integer"}, {"name": "m", "type": "integer"}])
    name = entity_set_name(dataset)
    dataset.create(n=7, m=1)
    assert get_json(client, name)["value"][0] == {"_id": 1, "_version": 2, "n": 7, "m": 1}
    dataset.create(n=-(2**63) - 1, m=2**63 - 1)
    dataset.create(n=10, m=-(2**63))
    assert [entity["n"] for entity in get_json(client, name)["value"]] == ["7", "-9223372036854775809", "10"]
    assert [entity["m"] for entity in get_json(client, name)["value"]] == [1, 2**63 - 1, -(2**63)]
    assert entity_ids(client, name, filter="n eq '10' and m lt 0") == [3]
    assert entity_ids(client, name, orderby="n") == [2, 3, 1], "as strings are sorted"
    assert error_object(get(client, name, filter="n eq 10"), 400)["target"] == "$filter"
    dataset.send("DELETE", "/records/2")
    assert get_json(client, name)["value"][0]["n"] == "7", "the type does not change back"
    assert get_json(client, f"@2/{name}")["value"][0]["n"] == 7, "nor is the past changed"
    metadata = client.get("/odata/@4/$metadata").text.partition(f'Name="{name}_record"')[2]
    assert metadata.index('Name="n" Type="Edm.String"') < metadata.index('Name="m" Type="Edm.Int64"')
    assert f'Name="{name}_record"' in client.get("/odata/@2/$metadata").text


def test_a_column_that_came_later_may_be_wide_too(client: httpx.Client) -> None:
    dataset = create_people(client, 30)
    name = entity_set_name(dataset)
    assert get_json(client, name)["value"][0]["age"] == 30
    import_into(client, dataset, "name,size\nx,5\ny,99999999999999999999\n", "append")
    assert [(each["age"], each["size"]) for each in get_json(client, name)["value"]] == [
        (30, None),
        (None, "5"),
        (None, "99999999999999999999"),
    ]


def test_many_columns_are_supported(client: httpx.Client) -> None:
    columns = [{"name": f"c {number} %", "type": "integer"} for number in range(300)]
    dataset = create_dataset(client, columns)
    dataset.create(**{"c 299 %": 5})
    entity = get_json(client, entity_set_name(dataset))["value"][0]
    assert len(entity) == 302 and entity["c_299"] == 5 and entity["c_0"] is None
    assert exact_json.dumps(entity).startswith('{"_id":1,"_version":2,"c_0":null')
