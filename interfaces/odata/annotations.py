"""What the service and its sets can and cannot do, in the vocabularies that clients read before they ask."""

import re
from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

from domain.columns import Column, ColumnType
from domain.query.filter.functions import FUNCTIONS
from interfaces.odata.entity_sets import EntitySet

CORE, CAPABILITIES = "Org.OData.Core.V1", "Org.OData.Capabilities.V1"
"""Written out in every annotation: not every client knows an alias when it sees one."""

_ABILITIES = ("TopSupported", "SkipSupported", "IndexableByKey")

_RESTRICTIONS = (
    ("CountRestrictions", "Countable", True),
    ("SearchRestrictions", "Searchable", True),
    ("ExpandRestrictions", "Expandable", False),
    ("InsertRestrictions", "Insertable", False),
    ("UpdateRestrictions", "Updatable", False),
    ("DeleteRestrictions", "Deletable", False),
)

_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def of_the_service() -> list[str]:
    level = f'EnumMember="{CAPABILITIES}.ConformanceLevelType/Minimal"'
    return [
        f'<Annotation Term="{CAPABILITIES}.ConformanceLevel" {level}/>',
        _strings("SupportedFormats", ["application/json"]),
        _is("AsynchronousRequestsSupported", False),
        _is("BatchSupported", False),
        _is("CrossJoinSupported", False),
        _strings("FilterFunctions", sorted(FUNCTIONS)),
    ]


def of_a_set(each: EntitySet) -> list[str]:
    """JSON can be asked for null only, and has no order: clients should do such work themselves."""
    definition = each.definition
    described = [text_of("LongDescription", definition.description)] if definition.description else []
    json = "".join(
        f"<PropertyPath>{one.name}</PropertyPath>"
        for one in each.properties
        if isinstance(one.source, Column) and one.source.type is ColumnType.JSON
    )
    return [
        text_of("Description", definition.name),
        *described,
        *(_is(ability, True) for ability in _ABILITIES),
        *(_record(term, _flag(property, value)) for term, property, value in _RESTRICTIONS),
        _record("FilterRestrictions", _flag("Filterable", True) + _paths("NonFilterableProperties", json)),
        _record("SortRestrictions", _flag("Sortable", True) + _paths("NonSortableProperties", json)),
    ]


def text_of(term: str, text: str) -> str:
    """An annotation of the core vocabulary; a character that XML cannot hold becomes U+FFFD."""
    return f'<Annotation Term="{CORE}.{term}" String={quoteattr(_NO_XML.sub("�", text))}/>'


def _is(term: str, value: bool) -> str:
    return f'<Annotation Term="{CAPABILITIES}.{term}" Bool="{str(value).lower()}"/>'


def _strings(term: str, texts: Sequence[str]) -> str:
    strings = "".join(f"<String>{text}</String>" for text in texts)
    return f'<Annotation Term="{CAPABILITIES}.{term}"><Collection>{strings}</Collection></Annotation>'


def _record(term: str, values: str) -> str:
    return f'<Annotation Term="{CAPABILITIES}.{term}"><Record>{values}</Record></Annotation>'


def _flag(property: str, value: bool) -> str:
    return f'<PropertyValue Property="{property}" Bool="{str(value).lower()}"/>'


def _paths(property: str, paths: str) -> str:
    return f'<PropertyValue Property="{property}"><Collection>{paths}</Collection></PropertyValue>' if paths else ""
