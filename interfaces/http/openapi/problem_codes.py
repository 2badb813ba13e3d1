"""The codes of problems by what a request has: a parameter, a header, a body. Their meanings are in
`docs/reference/errors.md`; a test compares the two."""

from collections.abc import Mapping

Codes = frozenset[tuple[int, str]]
"""Statuses with codes."""


def _codes(status: int, names: str) -> Codes:
    return frozenset((status, name) for name in names.split())


ANY_REQUEST = (
    _codes(400, "unreadable-request invalid-parameter unknown-parameter repeated-parameter invalid-url")
    | _codes(404, "workspace-not-found")
    | _codes(421, "unknown-host")
    | _codes(500, "internal-error")
    | _codes(503, "overloaded database-unavailable")
)
WRITE = _codes(403, "forbidden foreign-origin") | _codes(415, "unsupported-media-type")
IDEMPOTENCY = (
    _codes(400, "invalid-idempotency-key")
    | _codes(409, "idempotency-key-in-use")
    | _codes(422, "idempotency-key-reused")
)
JSON_BODY = (
    _codes(400, "invalid-json")
    | _codes(413, "body-too-large")
    | _codes(415, "unsupported-media-type")
    | _codes(422, "invalid-body unknown-field invalid-text")
)
PRECONDITION = _codes(400, "invalid-if-match") | _codes(412, "version-conflict")
CREATION_ONLY = _codes(400, "invalid-if-none-match") | _codes(412, "record-exists")
PREFERENCES = _codes(400, "invalid-preference") | _codes(409, "too-many-affected")
PARTS_OF_FILES = _codes(416, "range-not-satisfiable")
DATASET = _codes(404, "dataset-not-found dataset-not-ready") | _codes(410, "dataset-deleted")
MOMENT = _codes(400, "invalid-as-of") | _codes(404, "version-not-found")
CURSOR = _codes(400, "invalid-cursor cursor-mismatch")
FILTER = _codes(
    400, "filter-syntax filter-type filter-limit unknown-column unknown-function function-not-offered invalid-now"
) | _codes(503, "query-timeout")
SORT = _codes(400, "sort-syntax sort-type sort-limit unknown-column") | _codes(503, "query-timeout")
SEARCH = _codes(400, "search-syntax search-limit search-columns") | _codes(503, "query-timeout")
FIELDS = _codes(400, "invalid-fields unknown-column")
QUERY = FILTER | SORT | SEARCH | FIELDS | MOMENT | CURSOR | _codes(422, "invalid-query")
GROUPS = _codes(
    400,
    "group-by-syntax group-by-type group-by-limit measures-syntax measures-type measures-limit sort-syntax"
    " sort-limit",
)
JOIN = _codes(400, "on-syntax on-type on-limit")
PROFILE = _codes(400, "profile-limit") | _codes(413, "profile-too-slow")
RECORD = _codes(404, "record-not-found")
CHANGE = _codes(409, "dataset-busy")
COLUMN_CHANGE = _codes(409, "values-do-not-fit duplicate-key")
VALUES = _codes(409, "duplicate-key") | _codes(422, "invalid-values type-error unknown-column")
KEY = _codes(422, "no-key invalid-key key-mismatch")
CHANGE_BY_FILTER = _codes(400, "filter-required") | VALUES | CHANGE
BATCH = (
    VALUES
    | KEY
    | CHANGE
    | _codes(404, "record-not-found")
    | _codes(412, "version-conflict")
    | _codes(413, "too-many-operations")
    | _codes(422, "invalid-operation")
    | _codes(409, "operations-refused")
    | _codes(412, "operations-refused")
    | _codes(422, "operations-refused")
)
DEFINITION = _codes(422, "invalid-dataset invalid-columns invalid-name too-many-columns unknown-column no-key")
ONE_VERSION = _codes(404, "version-not-found")
AUDIT = _codes(400, "unknown-event-type invalid-time") | _codes(503, "audit-behind")
FEED = _codes(400, "invalid-cursor") | _codes(503, "event-unreadable")
UPLOAD = _codes(404, "upload-not-found") | _codes(410, "upload-expired") | _codes(423, "upload-locked")
UPLOAD_REFERENCE = (
    UPLOAD
    | _codes(400, "invalid-upload upload-and-file")
    | _codes(409, "upload-incomplete")
    | _codes(410, "upload-lost")
)
TUS = _codes(400, "invalid-header") | _codes(412, "unsupported-tus-version")
UPLOAD_PIECE = (
    TUS
    | UPLOAD
    | _codes(400, "unknown-checksum")
    | _codes(408, "client-silent")
    | _codes(409, "wrong-offset wrong-length")
    | _codes(413, "file-too-large upload-surplus")
    | _codes(460, "checksum-mismatch")
)
FILE = (
    _codes(
        413,
        "field-too-large file-too-large unpacked-too-large compression-ratio window-too-large cell-too-large"
        " too-many-cells too-much-text",
    )
    | _codes(415, "unsupported-format encrypted-file unsupported-encoding unsupported-media-type")
    | _codes(
        422,
        "no-file invalid-json unknown-field empty-file corrupt-file truncated-file encrypted-file several-files"
        " invalid-datapackage"
        " empty-archive nested-too-deep unsupported-compression unknown-encoding unsupported-encoding nul-byte"
        " unclosed-quote bad-quote ambiguous-quotes line-too-long nesting invalid-parquet unknown-sheet"
        " too-many-columns too-many-rejects rows-rejected invalid-options unknown-option ambiguous-format"
        " unsupported-type json-key unknown-column invalid-text",
    )
    | _codes(400, "invalid-form")
    | _codes(422, "invalid-form")
)
INSPECTION = FILE | _codes(422, "inspection-failed")
IMPORT = FILE | UPLOAD_REFERENCE | _codes(409, "duplicate-file dataset-busy") | _codes(422, "no-key invalid-key")
ONE_IMPORT = _codes(404, "import-not-found")
SOURCE = ONE_IMPORT | _codes(410, "source-not-kept")
EXPORT_OPTIONS = (
    _codes(400, "invalid-format invalid-delimiter invalid-option")
    | _codes(413, "row-too-large")
    | _codes(422, "cell-too-long unfit-names")
)
EXPORT_BODY = _codes(422, "invalid-format invalid-delimiter invalid-option type-error unfit-names")
JOB = _codes(404, "job-not-found")
CANCELLATION = JOB | _codes(409, "job-busy job-ended job-kind-unknown")
DOWNLOAD = (
    JOB
    | _codes(404, "no-download dataset-not-found")
    | _codes(409, "export-not-ready")
    | _codes(410, "export-expired dataset-deleted")
)

BY_PARAMETER: Mapping[str, Codes] = {
    "dataset": DATASET,
    "other": DATASET,
    "as_of": MOMENT,
    "other_as_of": MOMENT,
    "cursor": CURSOR,
    "filter": FILTER,
    "sort": SORT,
    "search": SEARCH,
    "fields": FIELDS,
    "other_fields": FIELDS,
    "If-Match": PRECONDITION,
    "Prefer": PREFERENCES,
    "Idempotency-Key": IDEMPOTENCY,
    "Range": PARTS_OF_FILES,
}
"""What can be wrong with a request that has a parameter or header."""
