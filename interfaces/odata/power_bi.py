"""`…/connect.pbids`: a file that opens Power BI Desktop, connected to the dataset."""

from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response
from typing_extensions import TypedDict

from domain import exact_json
from interfaces.http.openapi.answers import NOT_MODIFIED, read_answer
from interfaces.http.openapi.operation import describe
from interfaces.http.reading import (
    AsOf,
    DatasetName,
    find_snapshot,
    json_response,
    read_connection,
)
from interfaces.http.requests import reject_unknown_parameters
from interfaces.odata import entity_sets, past

router = APIRouter(prefix="/v1/datasets/{dataset}", tags=["OData"])
router.dependencies.append(Depends(reject_unknown_parameters))


class AddressJson(TypedDict):
    url: str


class ConnectionDetailsJson(TypedDict):
    protocol: str
    address: AddressJson


class ConnectionJson(TypedDict):
    details: ConnectionDetailsJson
    options: dict[str, str]
    mode: str


class PowerBiFileJson(TypedDict):
    """The description of a connection, as Power BI Desktop reads it from a file."""

    version: str
    connections: list[ConnectionJson]


CONNECT = describe(read_answer(PowerBiFileJson, "The file"), NOT_MODIFIED)


@router.get("/connect.pbids", summary="A Power BI file that connects to the dataset", openapi_extra=CONNECT)
async def connect_power_bi(request: Request, dataset: DatasetName, as_of: AsOf = None) -> Response:
    """With `as_of` the file connects to that version of the dataset, otherwise always to the newest one."""
    async with read_connection(request) as opened:
        snapshot = await find_snapshot(request, opened, dataset, as_of)
        name = await entity_sets.find_set_name(request, opened, snapshot.slug)
    details: ConnectionDetailsJson = {
        "protocol": "odata",
        "address": {"url": f"{past.service_root(request, past.at_from_as_of(as_of))}/{quote(name)}"},
    }
    body: PowerBiFileJson = {"version": "0.1", "connections": [{"details": details, "options": {}, "mode": "Import"}]}
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(snapshot.slug)}.pbids"}
    return json_response(request, exact_json.dumps(body), snapshot.version, headers)
