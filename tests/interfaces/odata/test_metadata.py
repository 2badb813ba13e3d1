"""`$metadata`: a golden file for every type, which other parsers read too."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from anyio import to_thread

from domain.columns import Column, ColumnType
from domain.query.filter.tree import Builtin
from domain.schema import Definition
from interfaces.odata import annotations, metadata
from interfaces.odata.entity_sets import EntitySet
from projections.query.odata import entity_sources
from projections.query.odata.entity_sources import EntitySource
from projections.query.odata.entity_types import EdmType, EntityProperty, edm_type
from tests.given import create_dataset, unique
from tests.interfaces.odata.odata_requests import create_dataset_of_all_types, entity_set_name

GOLDEN = Path(__file__).parent / "golden" / "metadata.xml"
EDM = "{http://docs.oasis-open.org/odata/ns/edm}"


def an_entity_set() -> EntitySet:
    columns = tuple(Column(f'a <{type}> "&" b', type, position) for position, type in enumerate(ColumnType))
    own = (
        EntityProperty("_id", Builtin.ID, EdmType.INT64),
        EntityProperty("_version", Builtin.VERSION, EdmType.INT64),
    )
    shaped = tuple(EntityProperty(f"a_{each.type}", each, edm_type(each, is_wide=False)) for each in columns)
    wide = EntityProperty("wide", Column("wide", ColumnType.INTEGER, 9), EdmType.STRING)
    return EntitySet("orders", Definition("Orders", "All of them", columns), (*own, *shaped, wide))


def test_what_is_written_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(annotations, "FUNCTIONS", ["length", "contains"])
    assert metadata.build_document([an_entity_set()]) == GOLDEN.read_text(encoding="utf-8")


def test_the_metadata_describes_every_dataset(client: httpx.Client) -> None:
    name = entity_set_name(create_dataset_of_all_types(client))
    tree = ElementTree.fromstring(client.get("/odata/$metadata").text)
    (entity,) = [each for each in tree.iter(f"{EDM}EntityType") if each.get("Name") == f"{name}_record"]
    assert {each.get("Name"): each.get("Type") for each in entity.iter(f"{EDM}Property")} == {
        "_id": "Edm.Int64",
        "_version": "Edm.Int64",
        "Text": "Edm.String",
        "Whole_number": "Edm.Int64",
        "Exact": "Edm.Decimal",
        "yes": "Edm.Boolean",
        "Day": "Edm.Date",
        "Time": "Edm.DateTimeOffset",
        "Anything": "Edm.String",
    }
    described = [each.get("String") for each in entity.iter(f"{EDM}Annotation") if each.get("String")]
    assert described == ["Text", "Whole number", "Exact (€)", "yes?", "Day", "Time", "Anything"]
    (listed,) = [each for each in tree.iter(f"{EDM}EntitySet") if each.get("Name") == name]
    assert listed.get("EntityType") == f"Rowledger.{name}_record"


def test_what_xml_cannot_hold_does_not_break_it(client: httpx.Client) -> None:
    name = entity_set_name(
        create_dataset(client, [{"name": "a\x01\ufffeb <&'\">", "type": "string"}], name=unique("odd & \x02 <"))
    )
    tree = ElementTree.fromstring(client.get("/odata/$metadata").text)
    described = [each.get("String") for each in tree.iter(f"{EDM}Annotation")]
    assert "a\ufffd\ufffdb <&'\">" in described and name.startswith("odd_")


@pytest.mark.parametrize("path", ["/odata/", "/odata/$metadata"])
def test_a_dataset_that_is_created_while_the_sets_are_listed(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    find_sources, created = entity_sources.find_sources, []

    async def create_and_find(*arguments: Any) -> list[EntitySource]:
        created.append(await to_thread.run_sync(create_dataset, client))
        return await find_sources(*arguments)

    monkeypatch.setattr(entity_sources, "find_sources", create_and_find)
    assert client.get(path).status_code == 200
    assert len(created) == 1
