"""Given these events, when this command, then that event or that refusal: decisions without a database."""

from dataclasses import dataclass, replace
from functools import reduce
from uuid import UUID

from domain.columns import Column, ColumnType
from domain.dataset.commands import Command
from domain.dataset.decision import Decision, decide
from domain.dataset.events import ChunkRef, DatasetCreated, Event, RecordsImported, SourceFile
from domain.dataset.state import DatasetState, Record, evolve
from domain.errors import Refusal
from domain.schema import Definition

NAME = Column("name", ColumnType.STRING, 0, required=True)
AGE = Column("age", ColumnType.INTEGER, 1)
PRICE = Column("price", ColumnType.DECIMAL, 2)
NOTE = Column("a/b~c", ColumnType.JSON, 3)

PEOPLE = Definition("People", "Who they are", (NAME, AGE, PRICE, NOTE))
CREATED = DatasetCreated("default", "people", "ann", PEOPLE)

SHOP = Definition(
    "Shop",
    "",
    (
        Column("sku", ColumnType.STRING, 0),
        Column("size", ColumnType.DECIMAL, 1),
        Column("stock", ColumnType.INTEGER, 2),
        Column("code", ColumnType.INTEGER, 3, unique=True),
    ),
    key=(0, 1),
)
SHOP_CREATED = DatasetCreated("default", "shop", "ann", SHOP)


@dataclass(frozen=True)
class When:
    """A decision or the refusal of it, to be compared with what is expected."""

    state: DatasetState
    result: Decision | Refusal

    @property
    def decision(self) -> Decision:
        if isinstance(self.result, Refusal):
            raise self.result
        return self.result

    def then(self, event: Event | None) -> Decision:
        """The event is decided exactly like this: 1 is not 1.0 and not true."""
        assert repr(self.decision.event) == repr(event)
        assert self.decision.event == event
        return self.decision

    def nothing(self) -> Decision:
        """The command changes nothing, so there is no event."""
        assert self.decision.event is None
        assert self.decision.claims == ()
        return self.decision

    def refused(self, kind: type[Refusal], code: str, detail: str, *pointers: str) -> Refusal:
        """Refused as this kind with this detail and a fault at each pointer."""
        assert isinstance(self.result, Refusal), self.result
        found = (type(self.result), self.result.code, self.result.detail)
        assert found == (kind, code, detail)
        assert tuple(fault.pointer for fault in self.result.faults) == pointers
        return self.result


@dataclass(frozen=True)
class Given:
    """Events that have happened, folded into a state."""

    state: DatasetState

    def when(self, command: Command) -> When:
        try:
            return When(self.state, decide(self.state, command))
        except Refusal as refusal:
            return When(self.state, refusal)

    def with_records(self, **records: Record) -> "Given":
        """The state with records that were loaded for the decision, like `r7=Record(…)`."""
        loaded = {int(name[1:]): record for name, record in records.items()}
        return Given(replace(self.state, records={**self.state.records, **loaded}))


def given(*events: Event) -> Given:
    return Given(reduce(evolve, events, DatasetState()))


def imported(added: int = 0, first_id: int = 1, **changes: object) -> RecordsImported:
    """An import of new records; `changes` are other fields of the event."""
    event = RecordsImported(
        import_id=UUID(int=1),
        job_id=UUID(int=2),
        mode="append",
        source=SourceFile("people.csv", 7, "00" * 32),
        rows_read=added,
        first_id=first_id,
        accepted=added,
        rejected=0,
        chunks=(ChunkRef("11" * 32, added),) if added else (),
    )
    return replace(event, **changes)  # type: ignore[arg-type]
