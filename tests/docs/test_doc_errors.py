"""Every code of problems and of rejected rows is documented with its statuses, and no other."""

import re
from collections import defaultdict

from interfaces.http.openapi import problem_codes as problem_codes_of_api
from interfaces.rest.uploads.tus import STATUS as UPLOAD_STATUS
from tests.docs.pages import all_pages, names_in, read_page, read_rows
from tests.docs.problem_codes import problem_codes, string_constants

ERRORS, FILES = "docs/reference/errors.md", "docs/reference/files.md"

UNSEEN = {
    "operations-refused": {409, 412},
    "invalid-format": {400, 422},
    "invalid-delimiter": {400, 422},
    "invalid-option": {422},
    "type-error": {400},
    "function-not-offered": {501},
}
"""Statuses that come from the kind of other refusals, which the scan does not follow."""

NOT_IN_API = {
    *("not-found", "method-not-allowed"),
    *("import-failed", "export-failed", "no-row-accepted"),
    *("dataset-not-deleted", "ambiguous-dataset", "invalid-mode"),
}
"""Codes that no operation of the API answers: other addresses have them, jobs, and the command line."""

OTHER_STATUSES = {"function-not-offered": {501}, "invalid-key": {400}, "type-error": {400}}
"""Statuses of OData, and one that parameters of the API cannot have."""

FRICTIONLESS = frozenset(
    [
        "row-error",
        "blank-row",
        "primary-key",
        "foreign-key",
        "duplicate-row",
        "row-constraint",
        "cell-error",
        "extra-cell",
        "missing-cell",
        "type-error",
        "constraint-error",
        "unique-error",
        "label-error",
        "extra-label",
        "missing-label",
        "blank-label",
        "duplicate-label",
        "incorrect-label",
    ]
)
"""The vocabulary from which the codes of rejected rows are taken."""


def documented() -> dict[str, set[int]]:
    """The codes of problems, with their statuses."""
    rows = [row for row in read_rows(ERRORS) if len(row) == 3]
    codes = [names_in(code)[0] for code, _, _ in rows]
    assert len(codes) == len(set(codes)), "a code is documented twice"
    return {names_in(code)[0]: {int(status) for status in statuses.split(",")} for code, statuses, _ in rows}


def documented_faults() -> set[str]:
    """The codes that only occur in `errors`."""
    return {names_in(row[0])[0] for row in read_rows(ERRORS, "## Only in `errors`")}


def documented_rejects() -> set[str]:
    return {names_in(row[0])[0] for row in read_rows(FILES, "## Rejects")}


def test_every_code_of_a_problem_is_documented_with_its_statuses() -> None:
    found = {code: statuses | UNSEEN.get(code, set()) for code, statuses in problem_codes().items()}
    found |= {code: {status} for code, status in UPLOAD_STATUS.items()}
    problems = {code: statuses for code, statuses in found.items() if statuses}
    assert documented() == problems


def test_the_openapi_document_has_the_documented_codes() -> None:
    described = defaultdict[str, set[int]](set)
    for group in vars(problem_codes_of_api).values():
        for status, code in group if isinstance(group, frozenset) else ():
            described[code].add(status)
    absent = {names_in(row[0])[0] for row in read_rows(ERRORS, "## OData")} | NOT_IN_API
    expected = {code: statuses - OTHER_STATUSES.get(code, set()) for code, statuses in documented().items()}
    assert described == {code: statuses for code, statuses in expected.items() if code not in absent}


def test_every_other_code_is_documented() -> None:
    others = {code for code, statuses in problem_codes().items() if not statuses} - set(UNSEEN)
    assert documented_faults() | (documented_rejects() & others) == others


def test_every_code_of_a_rejected_row_is_documented() -> None:
    assert documented_rejects() == FRICTIONLESS & string_constants()


def test_pages_name_no_code_that_does_not_exist() -> None:
    known = set(problem_codes()) | documented_rejects()
    pages = [page for page in all_pages() if "decisions" not in page.parts]
    named = {code for page in pages for code in re.findall(r"\b(?:40\d|41\d|42\d|50\d) `([a-z-]+)`", read_page(page))}
    assert named and named - known == set()
