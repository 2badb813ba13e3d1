"""Capability annotations of the service and its entity sets, in the standard OData vocabularies."""

import re
from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

from domain.columns import Column, ColumnType
from domain.query.filter.functions import FUNCTIONS
from interfaces.odata.entity_sets import EntitySet

CORE, CAPABILITIES = "Org.OData.Core.V1", "Org.OData.Capabilities.V1"
"""Written out in every annotation, because not every client supports aliases."""

_SUPPORTED_CAPABILITIES = ("TopSupported", "SkipSupported", "IndexableByKey")

_RESTRICTIONS = (
    ("CountRestrictions", "Countable", True),
    ("SearchRestrictions", "Searchable", True),
    ("ExpandRestrictions", "Expandable", False),
    ("InsertRestrictions", "Insertable", False),
    ("UpdateRestrictions", "Updatable", False),
    ("DeleteRestrictions", "Deletable", False),
)

_INVALID_XML_CHARACTERS = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def service_annotations() -> list[str]:
    level = f'EnumMember="{CAPABILITIES}.ConformanceLevelType/Minimal"'
    return [
        f'<Annotation Term="{CAPABILITIES}.ConformanceLevel" {level}/>',
        _string_list_annotation("SupportedFormats", ["application/json"]),
        _bool_annotation("AsynchronousRequestsSupported", False),
        _bool_annotation("BatchSupported", False),
        _bool_annotation("CrossJoinSupported", False),
        _string_list_annotation("FilterFunctions", sorted(FUNCTIONS)),
    ]


def entity_set_annotations(each: EntitySet) -> list[str]:
    """The annotations of an entity set. JSON columns are not filterable or sortable: only null can be compared."""
    definition = each.definition
    described = [text_annotation("LongDescription", definition.description)] if definition.description else []
    json = "".join(
        f"<PropertyPath>{one.name}</PropertyPath>"
        for one in each.properties
        if isinstance(one.source, Column) and one.source.type is ColumnType.JSON
    )
    return [
        text_annotation("Description", definition.name),
        *described,
        *(_bool_annotation(ability, True) for ability in _SUPPORTED_CAPABILITIES),
        *(_record_annotation(term, _bool_property(property, value)) for term, property, value in _RESTRICTIONS),
        _record_annotation(
            "FilterRestrictions",
            _bool_property("Filterable", True) + _path_list_property("NonFilterableProperties", json),
        ),
        _record_annotation(
            "SortRestrictions", _bool_property("Sortable", True) + _path_list_property("NonSortableProperties", json)
        ),
    ]


def text_annotation(term: str, text: str) -> str:
    """A string annotation of the Core vocabulary; a character that is invalid in XML becomes U+FFFD."""
    return f'<Annotation Term="{CORE}.{term}" String={quoteattr(_INVALID_XML_CHARACTERS.sub("�", text))}/>'


def _bool_annotation(term: str, value: bool) -> str:
    return f'<Annotation Term="{CAPABILITIES}.{term}" Bool="{str(value).lower()}"/>'


def _string_list_annotation(term: str, texts: Sequence[str]) -> str:
    strings = "".join(f"<String>{text}</String>" for text in texts)
    return f'<Annotation Term="{CAPABILITIES}.{term}"><Collection>{strings}</Collection></Annotation>'


def _record_annotation(term: str, values: str) -> str:
    return f'<Annotation Term="{CAPABILITIES}.{term}"><Record>{values}</Record></Annotation>'


def _bool_property(property: str, value: bool) -> str:
    return f'<PropertyValue Property="{property}" Bool="{str(value).lower()}"/>'


def _path_list_property(property: str, paths: str) -> str:
    return f'<PropertyValue Property="{property}"><Collection>{paths}</Collection></PropertyValue>' if paths else ""
