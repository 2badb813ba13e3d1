"""An entity set's entities, page by page: every page of a walk is of one version, whatever is written meanwhile."""

from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import Request, Response
from psycopg import AsyncConnection

from domain import exact_json
from interfaces.http.query_parameters import request_limits
from interfaces.http.reading import read_connection
from interfaces.odata import entity_sets, past, responses, skiptokens
from interfaces.odata.entity_sets import NAMESPACE, EntitySet
from interfaces.odata.negotiation import JsonFormat, negotiate_json_format, parse_page_size
from interfaces.odata.options import (
    COUNT_OPTIONS,
    SET_OPTIONS,
    ODataOptions,
    parse_options,
    select_properties,
    translate_filter,
    translate_orderby,
)
from interfaces.odata.skiptokens import SkipToken
from projections.query.compiled import CompiledQuery, QuerySpec
from projections.query.odata import entity_pages
from projections.query.odata.entity_json import EntityStyle, entity_json
from projections.query.odata.entity_types import definition_of_properties
from projections.query.pages import cursors, page_reader
from projections.query.pages.cursors import PageCursor
from projections.query.snapshots import Snapshot


async def read_page(request: Request, at: str | None, set: str) -> Response:
    """The first page of what the options ask for, or the one after that of a `$skiptoken`."""
    asked = parse_options(request, SET_OPTIONS)
    format = negotiate_json_format(request, asked.format)
    size = parse_page_size(request)
    place = SkipToken(size.rows, asked.top) if asked.skiptoken is None else skiptokens.decode(asked.skiptoken)
    async with read_connection(request) as opened:
        snapshot = await _find_snapshot(request, opened, at, set, place)
        preference = {} if place.cursor else size.applied
        given = responses.dataset_headers(snapshot.version, f"{format.tag}-{place.size}", at, preference)
        if (same := responses.not_modified_response(request, given)) is not None:
            return same
        found = await entity_sets.load_entity_set(request, opened, set, snapshot)
        question = _compile_query(request, found, asked, place.cursor)
        request.app.state.index_uses.note(snapshot.id, snapshot.records, question)
        chosen = select_properties(asked.select, found.properties)
        if asked.count and place.cursor is None:
            place = replace(place, count=await page_reader.count_exactly(opened, snapshot, question))
        entities, after = "", None
        if place.limit:
            row = entity_json(chosen or found.properties, entity_form(found, format))
            read = await entity_pages.read(opened, snapshot, question, row, place.limit, asked.skip, place.cursor)
            entities, after = read.text, read.next
    root = past.service_root(request, at)
    members = responses.context_members(root, format, set, chosen)
    if place.count is not None:
        members.append(f'"@odata.count":{_format_count(place.count, format)}')
    members.append(f'"value":[{entities}]')
    following = None if after is None else place.after(cursors.decode(after))
    if following is not None and following.limit:
        members.append(f'"@odata.nextLink":{exact_json.dumps(_next_link(root, set, asked, following))}')
    return responses.entity_response(f"{{{','.join(members)}}}", format, given)


async def read_count(request: Request, at: str | None, set: str) -> Response:
    """`…/$count`: the number of entities that the filter and the search keep, as plain text."""
    asked = parse_options(request, COUNT_OPTIONS)
    async with read_connection(request) as opened:
        snapshot = await entity_sets.find_set_snapshot(request, opened, set, past.as_of_from_at(at))
        given = responses.dataset_headers(snapshot.version, "count", at)
        if (same := responses.not_modified_response(request, given)) is not None:
            return same
        found = await entity_sets.load_entity_set(request, opened, set, snapshot)
        number = await page_reader.count_exactly(opened, snapshot, _compile_query(request, found, asked, None))
    return Response(str(number), 200, given, "text/plain")


def entity_form(found: EntitySet, format: JsonFormat) -> EntityStyle:
    return EntityStyle(found.name, f"{NAMESPACE}.{found.type_name}", format.metadata, format.ieee754)


async def _find_snapshot(
    request: Request, connection: "AsyncConnection[Any]", at: str | None, set: str, place: SkipToken
) -> Snapshot:
    """The dataset at the version that the walk began with; an address in the past must be of the same."""
    if place.cursor is None:
        return await entity_sets.find_set_snapshot(request, connection, set, past.as_of_from_at(at))
    if at is not None:
        there = await entity_sets.find_set_snapshot(request, connection, set, past.as_of_from_at(at))
        if there.version != place.cursor.version:
            raise skiptokens.token_refusal()
    return await entity_sets.find_set_snapshot(request, connection, set, str(place.cursor.version))


def _compile_query(
    request: Request, found: EntitySet, asked: ODataOptions, cursor: PageCursor | None
) -> CompiledQuery:
    definition = definition_of_properties(found.definition, found.properties)
    if cursor is not None:
        return entity_pages.compile_entity_query(definition, cursor.spec, request_limits(request))
    sort = translate_orderby(asked.orderby, found.properties)
    return entity_pages.compile_entity_query(
        definition, QuerySpec(translate_filter(asked.filter), sort, asked.search), request_limits(request)
    )


def _next_link(root: str, set: str, asked: ODataOptions, place: SkipToken) -> str:
    kept = {"$select": asked.select, "$format": asked.format, "$skiptoken": skiptokens.encode(place)}
    given = {name: text for name, text in kept.items() if text is not None}
    return f"{root}/{quote(set)}?{urlencode(given, quote_via=quote, safe='$,*;=/')}"


def _format_count(count: int, format: JsonFormat) -> str:
    return f'"{count}"' if format.ieee754 else str(count)
