"""Who may send which command, and what the others are answered: not found, or forbidden."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from application import authorization
from application.commands.envelope import CommandEnvelope
from domain.access.access import Access
from domain.access.grants import Grant, Role
from domain.dataset.commands import Command, CreateDataset, CreateRecord, DeleteDataset, ImportRecords
from domain.dataset.events import DatasetCreated, RecordsImported, SourceFile
from domain.dataset.state import DatasetState
from domain.errors import Forbidden, Gone, NotFound, Refusal
from interfaces.services import database as connections
from tests.application.commands.things import create_things
from tests.application.conftest import ACCESS, CONTEXT, DEFINITION, WriteSide, to_counter
from tests.application.counter import RaiseCounter

NO_WORKSPACE = ("workspace-not-found", "There is no workspace 'default'")
NO_DATASET = ("dataset-not-found", "There is no such dataset")
READ_ONLY = ("forbidden", "You may read this dataset, but not change it")
NO_CREATION = ("forbidden", "You may not create datasets in the workspace 'default'")
NO_MANAGEMENT = ("forbidden", "You may not manage the workspace 'default'")


def access(role: Role | None = None, dataset: UUID | None = None) -> Access:
    return replace(ACCESS, grants=() if role is None else (Grant(role, dataset),))


def refusal(of: "pytest.ExceptionInfo[Refusal]") -> tuple[str, str]:
    return of.value.code, of.value.detail


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
def test_other_aggregates_are_for_those_who_manage_the_workspace(write_side: WriteSide, role: Role) -> None:
    counter_id = uuid4()
    raise_it = to_counter(counter_id, RaiseCounter(1))
    for theirs in (access(role), access(role, uuid4())):
        with pytest.raises(Forbidden) as refused:
            write_side.bus.submit(replace(raise_it, context=replace(CONTEXT, access=theirs))).result(30)
        assert refusal(refused) == NO_MANAGEMENT
    with pytest.raises(NotFound) as missing:
        write_side.bus.submit(replace(raise_it, context=replace(CONTEXT, access=access()))).result(30)
    assert refusal(missing) == NO_WORKSPACE
    assert list(write_side.store.stream(counter_id)) == []
    write_side.bus.submit(raise_it).result(30)


def creations() -> list[Command]:
    created = DatasetCreated("default", "things", "ann", DEFINITION)
    source = SourceFile("a.csv", 1, "00")
    imported = RecordsImported(uuid4(), uuid4(), "create", source, 0, 1, 0, 0, (), dataset=created)
    return [CreateDataset("default", "things", "ann", DEFINITION), ImportRecords(imported)]


@pytest.mark.parametrize("command", creations(), ids=lambda command: type(command).__name__)
def test_datasets_are_created_by_editors_of_the_workspace(command: Command) -> None:
    def require(theirs: Access) -> None:
        authorization.require_allowed(theirs, uuid4(), DatasetState(), command)

    require(access(Role.EDITOR))
    for theirs in (access(Role.VIEWER), access(Role.OWNER, uuid4())):
        with pytest.raises(Forbidden) as refused:
            require(theirs)
        assert refusal(refused) == NO_CREATION
    with pytest.raises(NotFound) as missing:
        require(access())
    assert refusal(missing) == NO_WORKSPACE
    with pytest.raises(NotFound) as foreign:
        require(replace(access(Role.ADMIN), workspace="elsewhere"))
    assert refusal(foreign) == NO_DATASET


def test_a_dataset_is_changed_by_its_editors(write_side: WriteSide) -> None:
    dataset_id = create_things(write_side, 1)

    def send(theirs: Access, to: UUID = dataset_id) -> int:
        command = CommandEnvelope(to, CreateRecord({"n": 1}), replace(CONTEXT, access=theirs))
        return write_side.bus.submit(command).result(30).version

    assert [send(access(Role.EDITOR)), send(access(Role.EDITOR, dataset_id))] == [3, 4]
    for theirs in (access(Role.VIEWER), access(Role.VIEWER, dataset_id)):
        with pytest.raises(Forbidden) as refused:
            send(theirs)
        assert refusal(refused) == READ_ONLY
    foreign = replace(access(Role.ADMIN), workspace="elsewhere")
    for theirs in (access(), access(Role.OWNER, uuid4()), foreign):
        with pytest.raises(NotFound) as missing:
            send(theirs)
        assert refusal(missing) == NO_DATASET
    with pytest.raises(NotFound) as unknown:
        send(access(), uuid4())
    assert refusal(unknown) == NO_DATASET


def test_a_dataset_is_loaded_for_its_editors(write_side: WriteSide) -> None:
    dataset_id = create_things(write_side, 1)

    def load(theirs: Access, of: UUID = dataset_id) -> int:
        with connections.transaction(write_side.pool) as cursor:
            return authorization.load_changeable_dataset(cursor, write_side.models, theirs, of).version

    assert load(access(Role.EDITOR, dataset_id)) == 2
    with pytest.raises(Forbidden) as refused:
        load(access(Role.VIEWER))
    assert refusal(refused) == READ_ONLY
    for theirs, of in (
        (access(), dataset_id),
        (replace(access(Role.ADMIN), workspace="elsewhere"), dataset_id),
        (access(Role.ADMIN), uuid4()),
    ):
        with pytest.raises(NotFound) as missing:
            load(theirs, of)
        assert refusal(missing) == NO_DATASET
    write_side.send(dataset_id, DeleteDataset())
    with pytest.raises(Gone):
        load(access(Role.ADMIN))
    with pytest.raises(Forbidden):
        load(access(Role.VIEWER))
    with pytest.raises(NotFound):
        load(access())
