"""Pages of an entity set. All pages of one request have the same version, despite concurrent writes."""

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
    translate_builtins,
)
from interfaces.odata.skiptokens import SkipToken
from projections.query.compiled import CompiledQuery, QuerySpec, may_call_now
from projections.query.odata import entity_pages
from projections.query.odata.entity_json import EntityStyle, entity_json
from projections.query.odata.entity_types import definition_of_properties
from projections.query.pages import cursors, page_reader
from projections.query.pages.cursors import PageCursor
from projections.query.snapshots import Snapshot


async def read_page(request: Request, at: str | None, set: str) -> Response:
    """The first page for the query options, or the page after that of a `$skiptoken`."""
    options = parse_options(request, SET_OPTIONS)
    json_format = negotiate_json_format(request, options.format)
    size = parse_page_size(request)
    token = SkipToken(size.rows, options.top) if options.skiptoken is None else skiptokens.decode(options.skiptoken)
    async with read_connection(request) as opened:
        snapshot = await _find_snapshot(request, opened, at, set, token)
        preference = {} if token.cursor else size.applied
        timeless = token.cursor is not None or not may_call_now(options.filter)
        tag = f"{json_format.tag}-{token.size}"
        given = responses.dataset_headers(snapshot.version, tag, at, preference, timeless)
        if (same := responses.not_modified_response(request, given)) is not None:
            return same
        found = await entity_sets.load_entity_set(request, opened, set, snapshot)
        query = _compile_query(request, found, options, token.cursor)
        request.app.state.index_usage.add(snapshot.id, snapshot.records, query)
        selected = select_properties(options.select, found.properties)
        if options.count and token.cursor is None:
            token = replace(token, count=await page_reader.count_exactly(opened, snapshot, query))
        entities, after = "", None
        if token.limit:
            row = entity_json(selected or found.properties, entity_form(found, json_format))
            page = await entity_pages.read(opened, snapshot, query, row, token.limit, options.skip, token.cursor)
            entities, after = page.text, page.next
    root = past.service_root(request, at)
    members = responses.context_members(root, json_format, set, selected)
    if token.count is not None:
        members.append(f'"@odata.count":{_format_count(token.count, json_format)}')
    members.append(f'"value":[{entities}]')
    next_token = None if after is None else token.after(cursors.decode(after))
    if next_token is not None and next_token.limit:
        members.append(f'"@odata.nextLink":{exact_json.dumps(_next_link(root, set, options, next_token))}')
    return responses.entity_response(f"{{{','.join(members)}}}", json_format, given)


async def read_count(request: Request, at: str | None, set: str) -> Response:
    """`…/$count`: the number of entities that match filter and search, as plain text."""
    options = parse_options(request, COUNT_OPTIONS)
    async with read_connection(request) as opened:
        snapshot = await entity_sets.find_set_snapshot(request, opened, set, at)
        timeless = not may_call_now(options.filter)
        given = responses.dataset_headers(snapshot.version, "count", at, timeless=timeless)
        if (same := responses.not_modified_response(request, given)) is not None:
            return same
        found = await entity_sets.load_entity_set(request, opened, set, snapshot)
        number = await page_reader.count_exactly(opened, snapshot, _compile_query(request, found, options, None))
    return Response(str(number), 200, given, "text/plain")


def entity_form(found: EntitySet, json_format: JsonFormat) -> EntityStyle:
    return EntityStyle(found.name, f"{NAMESPACE}.{found.type_name}", json_format.metadata, json_format.ieee754)


async def _find_snapshot(
    request: Request, connection: "AsyncConnection[Any]", at: str | None, set: str, token: SkipToken
) -> Snapshot:
    """The snapshot of the requested version, or of the token's version. Raises BadRequest if the two differ."""
    if token.cursor is None:
        return await entity_sets.find_set_snapshot(request, connection, set, at)
    if at is not None:
        requested = await entity_sets.find_set_snapshot(request, connection, set, at)
        if requested.version != token.cursor.version:
            raise skiptokens.token_refusal()
    return await entity_sets.find_set_snapshot(request, connection, set, str(token.cursor.version))


def _compile_query(
    request: Request, found: EntitySet, options: ODataOptions, cursor: PageCursor | None
) -> CompiledQuery:
    definition = definition_of_properties(found.definition, found.properties)
    if cursor is not None:
        return entity_pages.compile_entity_query(definition, cursor.spec, request_limits(request))
    spec = QuerySpec(translate_builtins(options.filter), translate_builtins(options.orderby), options.search)
    return entity_pages.compile_entity_query(definition, spec, request_limits(request))


def _next_link(root: str, set: str, options: ODataOptions, token: SkipToken) -> str:
    parameters = {"$select": options.select, "$format": options.format, "$skiptoken": skiptokens.encode(token)}
    given = {name: text for name, text in parameters.items() if text is not None}
    return f"{root}/{quote(set)}?{urlencode(given, quote_via=quote, safe='$,*;=/')}"


def _format_count(count: int, json_format: JsonFormat) -> str:
    return f'"{count}"' if json_format.ieee754 else str(count)
