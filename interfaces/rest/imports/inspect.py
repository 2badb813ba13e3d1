"""`POST /v1/inspect`: report what an import of a file would find."""

from fastapi import APIRouter, Depends, Request, Response

from interfaces.http.openapi.operation import describe
from interfaces.http.openapi.problem_codes import INSPECTION
from interfaces.http.requests import reject_unknown_parameters, request_media_type
from interfaces.rest.imports import accept_file, request_file
from interfaces.rest.imports.import_answers import FILE_BODY, INSPECTED
from interfaces.rest.imports.request_file import FileName, FileOptions

router = APIRouter(prefix="/v1/inspect", tags=["imports"])
router.dependencies.append(Depends(reject_unknown_parameters))


INSPECT = describe(INSPECTED, body=FILE_BODY, problems=[INSPECTION])


@router.post("", summary="Report what an import of a file would find; nothing is stored", openapi_extra=INSPECT)
async def inspect_file(
    request: Request,
    options: FileOptions = None,
    filename: FileName = None,
) -> Response:
    given = request_file.FileParameters(options=options, filename=filename)
    return await accept_file.inspect_upload(request, request_media_type(request), given)
