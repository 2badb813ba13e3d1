"""One entity by its key: `Set(5)` or `Set(_id=5)`."""

import re

from fastapi import Request, Response

from domain.errors import NotFound
from interfaces.http.reading import read_connection
from interfaces.odata import entity_sets, past, responses
from interfaces.odata.collections import entity_form
from interfaces.odata.identifiers import ID
from interfaces.odata.negotiation import negotiate_json_format
from interfaces.odata.options import (
    ENTITY_OPTIONS,
    option_refusal,
    parse_options,
    select_properties,
)
from projections.query.odata import entity_pages
from projections.query.odata.entity_json import entity_json

_KEY = re.compile(rf"\s*(?:{ID}\s*=\s*)?(\d{{1,18}})\s*", re.ASCII)


async def read_entity(request: Request, at: str | None, set: str, key: str) -> Response:
    """Answer `Set(key)`. Raises NotFound, or BadRequest for an invalid key."""
    options = parse_options(request, ENTITY_OPTIONS)
    format = negotiate_json_format(request, options.format)
    async with read_connection(request) as opened:
        snapshot = await entity_sets.find_set_snapshot(request, opened, set, at)
        id = _parse_key(set, key)
        given = responses.dataset_headers(snapshot.version, format.tag, at)
        if (same := responses.not_modified_response(request, given)) is not None:
            return same
        found = await entity_sets.load_entity_set(request, opened, set, snapshot)
        selected = select_properties(options.select, found.properties)
        row = entity_json(selected or found.properties, entity_form(found, format))
        text = await entity_pages.read_one(opened, snapshot, id, row)
    if text is None:
        raise NotFound("record-not-found", f"There is no entity {set}({id}) at version {snapshot.version}")
    members = responses.context_members(past.service_root(request, at), format, set, selected, entity=True)
    return responses.entity_response("{" + ",".join([*members, text[1:]]), format, given)


def _parse_key(set: str, key: str) -> int:
    match = _KEY.fullmatch(key)
    if match is None:
        detail = f"({key[:60]}) is not a key of {set}; the key is the record's number, as in {set}(1)"
        raise option_refusal(ID, detail, "invalid-key")
    return int(match[1])
