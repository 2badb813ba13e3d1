"""An entity set's entities, page by page: every page of a walk is of one version, whatever is written meanwhile."""

from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import Request, Response
from psycopg import AsyncConnection

from domain import exact_json
from interfaces.http.query_parameters import limits
from interfaces.http.reading import connection
from interfaces.odata import entity_sets, past, responses, skiptokens
from interfaces.odata.entity_sets import NAMESPACE, EntitySet
from interfaces.odata.negotiation import JsonFormat, json_format, page_size
from interfaces.odata.options import OF_A_COUNT, OF_A_SET, Options, filter_text, options, selected, sort_text
from interfaces.odata.skiptokens import Place
from projections.query.compiled import Asked, Question
from projections.query.odata import entity_pages
from projections.query.odata.entity_json import EntityForm, entity_json
from projections.query.odata.entity_types import as_asked
from projections.query.pages import cursors, page_reader
from projections.query.pages.cursors import Cursor
from projections.query.snapshots import Snapshot


async def page(request: Request, at: str | None, set: str) -> Response:
    """The first page of what the options ask for, or the one after that of a `$skiptoken`."""
    asked = options(request, OF_A_SET)
    format = json_format(request, asked.format)
    size = page_size(request)
    place = Place(size.rows, asked.top) if asked.skiptoken is None else skiptokens.decode(asked.skiptoken)
    async with connection(request) as opened:
        snapshot = await _snapshot(request, opened, at, set, place)
        preference = {} if place.cursor else size.applied
        given = responses.headers(snapshot.version, f"{format.tag}-{place.size}", at, preference)
        if (same := responses.unchanged(request, given)) is not None:
            return same
        found = await entity_sets.of_snapshot(request, opened, set, snapshot)
        question = _question(request, found, asked, place.cursor)
        request.app.state.index_uses.note(snapshot.id, snapshot.records, question)
        chosen = selected(asked.select, found.properties)
        if asked.count and place.cursor is None:
            place = replace(place, count=await page_reader.counted(opened, snapshot, question))
        entities, after = "", None
        if place.limit:
            row = entity_json(chosen or found.properties, form(found, format))
            read = await entity_pages.read(opened, snapshot, question, row, place.limit, asked.skip, place.cursor)
            entities, after = read.text, read.next
    root = past.root(request, at)
    members = responses.context(root, format, set, chosen)
    if place.count is not None:
        members.append(f'"@odata.count":{_number(place.count, format)}')
    members.append(f'"value":[{entities}]')
    following = None if after is None else place.after(cursors.decode(after))
    if following is not None and following.limit:
        members.append(f'"@odata.nextLink":{exact_json.dumps(_next_link(root, set, asked, following))}')
    return responses.json(f"{{{','.join(members)}}}", format, given)


async def count(request: Request, at: str | None, set: str) -> Response:
    """`…/$count`: the number of entities that the filter and the search keep, as plain text."""
    asked = options(request, OF_A_COUNT)
    async with connection(request) as opened:
        snapshot = await entity_sets.snapshot_of(request, opened, set, past.as_of(at))
        given = responses.headers(snapshot.version, "count", at)
        if (same := responses.unchanged(request, given)) is not None:
            return same
        found = await entity_sets.of_snapshot(request, opened, set, snapshot)
        number = await page_reader.counted(opened, snapshot, _question(request, found, asked, None))
    return Response(str(number), 200, given, "text/plain")


def form(found: EntitySet, format: JsonFormat) -> EntityForm:
    return EntityForm(found.name, f"{NAMESPACE}.{found.type_name}", format.metadata, format.ieee754)


async def _snapshot(
    request: Request, connection: "AsyncConnection[Any]", at: str | None, set: str, place: Place
) -> Snapshot:
    """The dataset at the version that the walk began with; an address in the past must be of the same."""
    if place.cursor is None:
        return await entity_sets.snapshot_of(request, connection, set, past.as_of(at))
    if at is not None:
        there = await entity_sets.snapshot_of(request, connection, set, past.as_of(at))
        if there.version != place.cursor.version:
            raise skiptokens.refused_token()
    return await entity_sets.snapshot_of(request, connection, set, str(place.cursor.version))


def _question(request: Request, found: EntitySet, asked: Options, cursor: Cursor | None) -> Question:
    definition = as_asked(found.definition, found.properties)
    if cursor is not None:
        return entity_pages.question(definition, cursor.asked, limits(request))
    sort = sort_text(asked.orderby, found.properties)
    return entity_pages.question(definition, Asked(filter_text(asked.filter), sort, asked.search), limits(request))


def _next_link(root: str, set: str, asked: Options, place: Place) -> str:
    kept = {"$select": asked.select, "$format": asked.format, "$skiptoken": skiptokens.encode(place)}
    given = {name: text for name, text in kept.items() if text is not None}
    return f"{root}/{quote(set)}?{urlencode(given, quote_via=quote, safe='$,*;=/')}"


def _number(count: int, format: JsonFormat) -> str:
    return f'"{count}"' if format.ieee754 else str(count)
