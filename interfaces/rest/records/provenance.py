"""`…/records/{id}/provenance`: the source file, sheet and line of a record."""

from typing import Annotated
from uuid import UUID

from anyio import to_thread
from fastapi import APIRouter, Depends, Request, Response
from typing_extensions import TypedDict

from application.imports import provenance as use_case
from domain import exact_json
from domain.dataset.events import RecordsImported
from interfaces.http.openapi.answers import NOT_MODIFIED, read_answer
from interfaces.http.openapi.operation import describe
from interfaces.http.openapi.problem_codes import RECORD
from interfaces.http.query_parameters import RecordId, parse_record_id
from interfaces.http.reading import (
    AsOf,
    DatasetName,
    find_snapshot,
    json_response,
    read_connection,
)
from interfaces.http.requests import reject_unknown_parameters
from interfaces.services import representations
from interfaces.services.json_types import Keywords, SourceFileJson, Uuid
from interfaces.services.wiring import Service
from projections.query.records import provenance

router = APIRouter(prefix="/v1/datasets/{dataset}/records", tags=["imports"])
router.dependencies.append(Depends(reject_unknown_parameters))


ProvenanceJson = TypedDict(
    "ProvenanceJson",
    {
        "id": int,
        "version": Annotated[int, Keywords("the version that wrote the record")],
        "edited": Annotated[bool, Keywords("whether it was changed after its import")],
        "import": Annotated[Uuid | None, Keywords("null: the record did not come from a file")],
        "source": SourceFileJson | None,
        "sheet": str | int | None,
        "line": Annotated[int | None, Keywords("the line of the file, from 1")],
    },
)

READ = describe(read_answer(ProvenanceJson, "Where the record came from"), NOT_MODIFIED, problems=[RECORD])


@router.get("/{id}/provenance", summary="The source file, sheet and line of a record", openapi_extra=READ)
async def read_provenance(request: Request, dataset: DatasetName, id: RecordId, as_of: AsOf = None) -> Response:
    service: Service = request.app.state.service
    async with read_connection(request) as opened:
        snapshot = await find_snapshot(request, opened, dataset, as_of)
        origin = await provenance.read_origin(opened, snapshot, parse_record_id(id))
    body: dict[str, object] = {"id": parse_record_id(id), "version": origin.version, "edited": origin.edited}
    if origin.imported is None:
        body |= {"import": None, "source": None, "sheet": None, "line": None}
    else:
        row = origin.imported
        line = await to_thread.run_sync(_find_line, service, snapshot.id, row["version"], parse_record_id(id))
        body |= {
            "import": str(row["import_id"]),
            "source": representations.import_json(row)["source"],
            "sheet": row["options"].get("sheet"),
            "line": line,
        }
    return json_response(request, exact_json.dumps(body), snapshot.version)


def _find_line(service: Service, dataset_id: UUID, version: int, id: int) -> int | None:
    (recorded,) = service.store.stream(dataset_id, version - 1, version)
    assert isinstance(recorded.event, RecordsImported)
    return use_case.find_line(dataset_id, recorded.event, id, service.models.read_chunk)
