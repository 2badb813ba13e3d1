"""One entity by its key: `Set(5)` or `Set(_id=5)`."""

import re

from fastapi import Request, Response

from domain.errors import NotFound
from interfaces.http.reading import connection
from interfaces.odata import entity_sets, past, responses
from interfaces.odata.collections import form
from interfaces.odata.identifiers import ID
from interfaces.odata.negotiation import json_format
from interfaces.odata.options import OF_AN_ENTITY, options, refused, selected
from projections.query.odata import entity_pages
from projections.query.odata.entity_json import entity_json

_KEY = re.compile(rf"\s*(?:{ID}\s*=\s*)?(\d{{1,18}})\s*", re.ASCII)


async def entity(request: Request, at: str | None, set: str, key: str) -> Response:
    """Raises NotFound, or BadRequest for what is no key."""
    asked = options(request, OF_AN_ENTITY)
    format = json_format(request, asked.format)
    async with connection(request) as opened:
        snapshot = await entity_sets.snapshot_of(request, opened, set, past.as_of(at))
        id = _id(set, key)
        given = responses.headers(snapshot.version, format.tag, at)
        if (same := responses.unchanged(request, given)) is not None:
            return same
        found = await entity_sets.of_snapshot(request, opened, set, snapshot)
        chosen = selected(asked.select, found.properties)
        row = entity_json(chosen or found.properties, form(found, format))
        text = await entity_pages.one(opened, snapshot, id, row)
    if text is None:
        raise NotFound("record-not-found", f"There is no entity {set}({id}) at version {snapshot.version}")
    members = responses.context(past.root(request, at), format, set, chosen, entity=True)
    return responses.json("{" + ",".join([*members, text[1:]]), format, given)


def _id(set: str, key: str) -> int:
    match = _KEY.fullmatch(key)
    if match is None:
        detail = f"({key[:60]}) is no key of {set}: entities are known by their number, as in {set}(1)"
        raise refused(ID, detail, "invalid-key")
    return int(match[1])
