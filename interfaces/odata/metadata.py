"""`$metadata`: the description of the service in CSDL XML 4.0."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from domain.columns import Column
from interfaces.odata import annotations
from interfaces.odata.annotations import CAPABILITIES, CORE, text_annotation
from interfaces.odata.entity_sets import NAMESPACE, EntitySet
from interfaces.odata.identifiers import ID
from projections.query.odata.entity_types import EdmType, EntityProperty

CONTAINER = "Container"

_DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0">
{references}  <edmx:DataServices>
    <Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="{namespace}">
{types}      <EntityContainer Name="{container}">
{sets}{abilities}      </EntityContainer>
    </Schema>
  </edmx:DataServices>
</edmx:Edmx>
"""

_REFERENCE = """  <edmx:Reference Uri="https://oasis-tcs.github.io/odata-vocabularies/vocabularies/{name}.xml">
    <edmx:Include Namespace="{name}"/>
  </edmx:Reference>
"""

_TYPE = """      <EntityType Name="{name}">
        <Key><PropertyRef Name="{key}"/></Key>
{properties}      </EntityType>
"""

_OWN_PROPERTY = """        <Property Name="{name}" Type="{type}" Nullable="false">
          <Annotation Term="{core}.Computed" Bool="true"/>
        </Property>
"""

_PROPERTY = """        <Property Name="{name}" Type="{type}"{facets}>
          {description}
        </Property>
"""

_SET = """        <EntitySet Name="{name}" EntityType="{namespace}.{type}">
{annotations}        </EntitySet>
"""

_FACETS = {EdmType.DECIMAL: ' Scale="variable"', EdmType.DATE_TIME_OFFSET: ' Precision="9"'}
"""Times have up to nine fraction digits; decimals have as many as they were written with."""


def build_document(sets: Iterable[EntitySet]) -> str:
    listed = list(sets)
    return _DOCUMENT.format(
        references="".join(_REFERENCE.format(name=name) for name in (CORE, CAPABILITIES)),
        namespace=NAMESPACE,
        types="".join(_entity_type_xml(each) for each in listed),
        container=CONTAINER,
        sets="".join(_entity_set_xml(each) for each in listed),
        abilities=_indent_lines(annotations.service_annotations(), 8),
    )


@lru_cache(maxsize=512)
def _entity_type_xml(each: EntitySet) -> str:
    return _TYPE.format(
        name=each.type_name, key=ID, properties="".join(_property_xml(one) for one in each.properties)
    )


def _property_xml(each: EntityProperty) -> str:
    if not isinstance(each.source, Column):
        return _OWN_PROPERTY.format(core=CORE, name=each.name, type=each.type)
    description = text_annotation("Description", each.source.name)
    facets = _FACETS.get(each.type, "")
    return _PROPERTY.format(name=each.name, type=each.type, facets=facets, description=description)


@lru_cache(maxsize=512)
def _entity_set_xml(each: EntitySet) -> str:
    lines = _indent_lines(annotations.entity_set_annotations(each), 10)
    return _SET.format(name=each.name, namespace=NAMESPACE, type=each.type_name, annotations=lines)


def _indent_lines(texts: Sequence[str], indent: int) -> str:
    return "".join(f"{' ' * indent}{each}\n" for each in texts)
