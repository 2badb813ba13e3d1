"""Where a command is decided, whatever way it came: another workspace is not found, a viewer changes nothing."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID, uuid4

import httpx
import pytest

from application.commands import revert, writer_lease
from application.commands.change_by_filter import BulkChangeTools, FilteredChange, change_matching_records
from application.commands.datasets import create_dataset
from application.commands.envelope import CommandContext, CommandEnvelope
from application.commands.large_batch import execute_under_lease
from application.imports.acceptance import ImportRequest, UploadedFile, accept_import
from application.jobs.job_store import job_reads
from domain.access.access import Access
from domain.access.grants import Grant, Role
from domain.dataset.commands import ChangeRecords, Command, CreateDataset, CreateRecord, DeleteDataset
from domain.errors import Forbidden, NotFound
from domain.schema import Definition
from interfaces.services import database
from interfaces.services.authentication import LOCAL_ACCESS
from interfaces.services.wiring import Service
from projections.changes.filtered_change import SqlFilteredChange
from projections.query.compiled import QuerySpec
from tests import given
from tests.limits import QUERY_LIMITS

DEFINITION = Definition("new", "", ())

VIEWER = replace(LOCAL_ACCESS, grants=(Grant(Role.VIEWER),))
STRANGER = replace(LOCAL_ACCESS, grants=())
FOREIGN = replace(LOCAL_ACCESS, workspace="elsewhere")

REFUSED = [(VIEWER, Forbidden), (STRANGER, NotFound), (FOREIGN, NotFound)]

Attempt = Callable[[Service, CommandContext, UUID], object]


def attempt_command(command: Command) -> Attempt:
    def attempt(service: Service, context: CommandContext, dataset_id: UUID) -> object:
        with database.transaction(service.pool) as cursor:
            return service.handler.execute_one(cursor, CommandEnvelope(dataset_id, command, context))

    return attempt


def attempt_dry_run(service: Service, context: CommandContext, dataset_id: UUID) -> object:
    with database.transaction(service.pool) as cursor:
        command = CommandEnvelope(dataset_id, DeleteDataset(), context, dry_run=True)
        return service.handler.execute_one(cursor, command)


def attempt_large_batch(service: Service, context: CommandContext, dataset_id: UUID) -> object:
    command = ChangeRecords((CreateRecord({"name": "Ann"}),))
    return execute_under_lease(bulk_tools(service), CommandEnvelope(dataset_id, command, context))


def attempt_change_by_filter(service: Service, context: CommandContext, dataset_id: UUID) -> object:
    selection = SqlFilteredChange(QuerySpec("true"), QUERY_LIMITS, 10)
    return change_matching_records(bulk_tools(service), context, dataset_id, selection, FilteredChange(None))


def attempt_revert(service: Service, context: CommandContext, dataset_id: UUID) -> object:
    return revert.revert_dataset(service.pool.connection, service.handler, service.models, context, dataset_id, to=1)


def bulk_tools(service: Service) -> BulkChangeTools:
    return BulkChangeTools(service.pool.connection, service.handler, service.models)


ATTEMPTS = {
    "create a record": attempt_command(CreateRecord({"name": "Ann"})),
    "delete the dataset": attempt_command(DeleteDataset()),
    "dry run": attempt_dry_run,
    "large batch": attempt_large_batch,
    "change by filter": attempt_change_by_filter,
    "revert": attempt_revert,
}


@pytest.mark.parametrize(("access", "refusal"), REFUSED, ids=["viewer", "stranger", "foreign"])
@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS)
def test_no_way_of_writing_goes_past_the_check(
    service: Service, client: httpx.Client, attempt: Attempt, access: Access, refusal: type[Exception]
) -> None:
    dataset = given.create_people(client, 1)
    with pytest.raises(refusal):
        attempt(service, CommandContext(access, "test"), UUID(dataset.id))
    assert dataset.get_json()["version"] == 2
    attempt(service, CommandContext(LOCAL_ACCESS, "test"), UUID(dataset.id))


@pytest.mark.parametrize(("access", "refusal"), REFUSED, ids=["viewer", "stranger", "foreign"])
@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS)
def test_it_is_checked_before_the_lease(
    service: Service, client: httpx.Client, attempt: Attempt, access: Access, refusal: type[Exception]
) -> None:
    """Who may not write does not learn that others do, nor wait for them."""
    dataset = given.create_people(client, 1)
    with (
        service.pool.connection() as holder,
        writer_lease.hold_lease(holder, UUID(dataset.id)),
        pytest.raises(refusal),
    ):
        attempt(service, CommandContext(access, "test"), UUID(dataset.id))


@pytest.mark.parametrize(
    ("access", "refusal"), [(VIEWER, Forbidden), (STRANGER, NotFound)], ids=["viewer", "stranger"]
)
def test_a_dataset_is_made_by_those_who_may_write_in_the_workspace(
    service: Service, access: Access, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal), database.transaction(service.pool) as cursor:
        create_dataset(cursor, service.handler, CommandContext(access, "test"), DEFINITION)


def test_a_dataset_is_made_in_ones_own_workspace(service: Service) -> None:
    command = CreateDataset(LOCAL_ACCESS.workspace, given.unique("slug"), "local", DEFINITION)
    with pytest.raises(NotFound), database.transaction(service.pool) as cursor:
        service.handler.execute_one(cursor, CommandEnvelope(uuid4(), command, CommandContext(FOREIGN, "test")))


@pytest.mark.parametrize(
    ("access", "refusal"), [(VIEWER, Forbidden), (STRANGER, NotFound)], ids=["viewer", "stranger"]
)
@pytest.mark.parametrize("into", [None, uuid4()])
def test_no_file_is_accepted_from_who_may_not_write(
    service: Service, access: Access, refusal: type[Exception], into: UUID | None
) -> None:
    upload = UploadedFile(service.settings.uploads / "none", "a.csv", 1, "00")
    request = ImportRequest("new", into=into, mode="create" if into is None else "append")
    with pytest.raises(refusal), service.pool.connection() as connection:
        accept_import(connection, service.models, service.queue, CommandContext(access, "test"), upload, request)


def test_a_job_is_found_and_cancelled_in_its_own_workspace(service: Service, client: httpx.Client) -> None:
    dataset = given.import_csv(client, f"a\n{given.unique('a')}\n")
    job = UUID(client.get("/v1/jobs", params={"dataset": dataset.id}).json()["data"][0]["id"])
    for access in (STRANGER, FOREIGN):
        with pytest.raises(NotFound), service.pool.connection() as connection:
            service.jobs.cancel(connection, service.queue, access, job)
        with pytest.raises(NotFound), database.transaction(service.pool) as cursor:
            job_reads.find(cursor, access, job)
