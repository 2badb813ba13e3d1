"""What the write side asks of the read models; `interfaces/wiring.py` hands them over."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from psycopg import Cursor

from domain.dataset.decider import UniqueClaim
from domain.dataset.events import Recorded
from domain.dataset.state import DatasetState, Record
from domain.schema import Definition

LockedHead = tuple[DatasetState, bool, datetime]
"""A dataset's newest state, whether a bulk change holds its writer lease, and the database's clock (never before
the last event). Its row is locked until the transaction ends."""

Difference = tuple[int, str | None, bool]
"""A record that differs: its id, its values then as JSON (None: it was not there), and whether it is there now."""


class ReadModels(Protocol):
    """The projections that change in the transaction that appends."""

    def lock_heads(self, cursor: "Cursor[Any]", ids: Sequence[UUID]) -> Mapping[UUID, LockedHead]:
        """Lock and read the heads of those datasets that are there."""

    def clock(self, cursor: "Cursor[Any]") -> datetime:
        """The database's time."""

    def current(self, cursor: "Cursor[Any]", dataset_id: UUID, ids: Sequence[int]) -> Mapping[int, Record]:
        """The current records among `ids`."""

    def holder(self, cursor: "Cursor[Any]", dataset_id: UUID, claim: UniqueClaim) -> int | None:
        """Another current record that holds the claimed values."""

    def project_rows(self, cursor: "Cursor[Any]", recorded: Sequence[Recorded]) -> None:
        """Bring the record tables to these events (all of them of known datasets, in order)."""

    def project_heads(self, cursor: "Cursor[Any]", recorded: Sequence[Recorded]) -> None:
        """Bring datasets, versions and imports to these events."""

    def definition_at(self, cursor: "Cursor[Any]", dataset_id: UUID, version: int) -> Definition | None:
        """The dataset's definition as of a version; None where there is no such version."""

    def differences(self, cursor: "Cursor[Any]", dataset_id: UUID, head: int, to: int) -> Iterator[Difference]:
        """What must change for the head to equal version `to`, by record id."""
