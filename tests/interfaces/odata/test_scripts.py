"""Names in all scripts: readable in metadata, JSON and options, percent-encoded in URLs."""

from urllib.parse import quote
from xml.etree import ElementTree

import httpx
import pytest

from tests.given import Dataset, create_dataset, json_of, unique
from tests.interfaces.odata.odata_requests import entity_ids, entity_set_name, get, get_json
from tests.interfaces.odata.test_metadata import EDM

COLUMNS = {
    "цена за шт.": ("цена_за_шт", "decimal"),
    "Größe": ("Größe", "integer"),
    "ग्राहक की_id": ("ग्राहक_की_id", "string"),
    "نام\u200cخانوادگی": ("نام\u200cخانوادگی", "string"),
    "価格 (税込)": ("価格_税込", "decimal"),
}


@pytest.fixture(scope="module")
def sales(client: httpx.Client) -> Dataset:
    columns = [{"name": name, "type": type} for name, (_, type) in COLUMNS.items()]
    dataset = create_dataset(client, columns, name=unique("Продажи ç"))
    for number in (1, 2, 3):
        values: dict[str, object] = {
            "цена за шт.": number,
            "Größe": -number,
            "価格 (税込)": None,
            "ग्राहक की_id": "_id",
        }
        values["نام\u200cخانوادگی"] = "x" * number
        dataset.create(**values)
    return dataset


def test_names_keep_their_letters(client: httpx.Client, sales: Dataset) -> None:
    name = entity_set_name(sales)
    assert name.startswith("продажи_ç_")
    names = [each for each, _ in COLUMNS.values()]
    assert [each for each in get_json(client, name)["value"][0] if each not in ("_id", "_version")] == names
    tree = ElementTree.fromstring(client.get("/odata/$metadata").content)
    (entity,) = [each for each in tree.iter(f"{EDM}EntityType") if each.get("Name") == f"{name}_record"]
    assert [each.get("Name") for each in entity.iter(f"{EDM}Property")][2:] == names
    described = [each.get("String") for each in entity.iter(f"{EDM}Annotation") if each.get("String")]
    assert described == list(COLUMNS)


@pytest.mark.parametrize(
    ("column", "filter", "found"),
    [
        ("цена_за_шт", "цена_за_шт ge 2", [2, 3]),
        ("Größe", "Größe eq -1 or цена_за_шт eq 3", [1, 3]),
        ("ग्राहक_की_id", "ग्राहक_की_id eq '_id' and _id gt 1", [2, 3]),
        ("نام\u200cخانوادگی", "length(نام\u200cخانوادگی) eq 2", [2]),
        ("価格_税込", "価格_税込 eq null and _id eq 3", [3]),
    ],
)
def test_names_of_all_scripts_are_names_in_options(
    client: httpx.Client, sales: Dataset, column: str, filter: str, found: list[int]
) -> None:
    name = entity_set_name(sales)
    assert entity_ids(client, name, filter=filter) == found
    selected = get_json(client, name, filter=filter, select=f"_id,{column}")["value"]
    assert [list(each) for each in selected] == [["_id", column]] * len(found)
    assert entity_ids(client, name, orderby=f"{column} desc") in ([1, 2, 3], [3, 2, 1])
    assert entity_ids(client, name, orderby=f"length(نام\u200cخانوادگی) desc,{column}") == [3, 2, 1]


def test_names_are_encoded_in_urls(client: httpx.Client, sales: Dataset) -> None:
    name, root = entity_set_name(sales), f"{str(client.base_url).rstrip('/')}/odata"
    listed = [each for each in json_of(client.get("/odata/"))["value"] if each["name"] == name]
    assert [each["url"] for each in listed] == [quote(name)]
    page = get_json(client, name, {"Prefer": "maxpagesize=2"}, select="Größe")
    assert page["@odata.context"] == f"{root}/$metadata#{quote(name)}({quote('Größe')})"
    assert page["value"][0] == {"@odata.id": f"{quote(name)}(1)", "Größe": -1}
    assert page["@odata.nextLink"].isascii()
    assert json_of(client.get(page["@odata.nextLink"]))["value"] == [{"@odata.id": f"{quote(name)}(3)", "Größe": -3}]
    one = get_json(client, f"{quote(name)}(2)")
    assert one["@odata.context"] == f"{root}/$metadata#{quote(name)}/$entity" and one["Größe"] == -2
    full = get_json(client, f"{name}(2)", {"Accept": "application/json;odata.metadata=full"})
    assert full["@odata.editLink"] == f"{quote(name)}(2)" and full["@odata.type"] == f"#Rowledger.{name}_record"
    assert get(client, f"{name}/$count").text == "3"
    connection = json_of(sales.get("/connect.pbids"))["connections"][0]["details"]["address"]["url"]
    assert connection == f"{root}/{quote(name)}" and json_of(client.get(connection))["value"]
