"""The events of the commands decided so far in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Cursor

from application.commands.envelope import AnyEnvelope, AnyOutcome, CommandContext
from application.commands.idempotency import idempotency_claims
from application.commands.idempotency.idempotency_claims import ClaimEffect, IdempotencyClaim
from application.log.event_store import PendingEvent
from application.ports import ReadModels
from domain.errors import Refusal
from domain.recorded_event import EventMetadata, RecordedEvent


@dataclass
class CommandGroup:
    """The events to append, and those not yet applied to the record tables. `claims`: those still held."""

    models: ReadModels
    claims: frozenset[UUID]
    appended: list[PendingEvent] = field(default_factory=list)
    unprojected: list[RecordedEvent[object]] = field(default_factory=list)

    def require_claim(self, context: CommandContext) -> None:
        """Raises Busy if the command's claim on its idempotency key was taken over."""
        if context.claim is not None and context.claim.id not in self.claims:
            raise idempotency_claims.claim_lost_error()

    def append(
        self,
        stream_id: UUID,
        version: int,
        event: object,
        context: CommandContext,
        at: datetime,
        *,
        stored: object = None,
        is_projected: bool = False,
    ) -> None:
        """`stored`: the event as it is stored, if that differs. `is_projected`: its rows are written already."""
        metadata = EventMetadata(context.actor, at, context.correlation_id, context.idempotency_key)
        self.appended.append(PendingEvent(stream_id, version, event if stored is None else stored, metadata))
        if not is_projected:
            self.unprojected.append(RecordedEvent(stream_id, version, 0, event, metadata))

    def project(self, cursor: "Cursor[Any]") -> None:
        """Apply the decided events to the record tables, because the next command may read them."""
        waiting, self.unprojected = self.unprojected, []
        if waiting:
            self.models.project_decided(cursor, waiting)


def list_completed_claims(
    envelopes: Sequence[AnyEnvelope], results: Sequence[AnyOutcome | Refusal]
) -> list[tuple[IdempotencyClaim, ClaimEffect]]:
    """The effects of the commands that have an idempotency key."""
    return [
        (envelope.context.claim, ClaimEffect(envelope.stream_id, result.version))
        for envelope, result in zip(envelopes, results, strict=True)
        if envelope.context.claim is not None and not isinstance(result, Refusal) and result.event is not None
    ]
