"""The records during a batch: a working copy, to which the operations are applied one after the other."""

from dataclasses import replace

from domain.dataset import key_commands
from domain.dataset.commands import CreateRecord, KeyCommand, MalformedOperation, Operation, RecordCommand
from domain.dataset.decider import decide_event
from domain.dataset.events import RecordChange, inline_changes
from domain.dataset.same_values import have_same_values
from domain.dataset.state import DatasetState, Record
from domain.equality import to_comparable
from domain.errors import Invalid
from domain.schema import Values, without_dropped


class WorkingState:
    """The records after the operations so far, and which operation last wrote each."""

    def __init__(self, state: DatasetState) -> None:
        self.before = state.records
        self.last_writers: dict[int, int] = {}
        self._records = dict(state.records)
        self._state = replace(state, records=self._records)
        self._ids = key_commands.index_by_key(state, state.records.items()) if state.definition.key else {}

    @property
    def state(self) -> DatasetState:
        return self._state

    def apply(self, index: int, operation: Operation) -> int:
        """Apply the operation and return the id of its record. If it is refused, raises and changes nothing."""
        command = self._translate(operation)
        id = self._state.next_id if isinstance(command, CreateRecord) else command.id
        event = decide_event(self._state, command)
        if event is not None:
            (change,) = inline_changes(event)
            self._write(index, change)
        return id

    def changes(self) -> list[RecordChange]:
        """The records that differ from those before the batch, by ascending id."""
        return [
            RecordChange(id, None if (record := self._records.get(id)) is None else record.values)
            for id in sorted(self.last_writers)
            if self._has_changed(self.before.get(id), self._records.get(id))
        ]

    def _translate(self, operation: Operation) -> RecordCommand:
        if isinstance(operation, KeyCommand):
            return key_commands.resolve_key_command(
                self._state, lambda key: self._ids.get(to_comparable(key)), operation
            )
        if isinstance(operation, MalformedOperation):
            raise Invalid("invalid-operation", operation.faults[0].detail, operation.faults)
        return operation

    def _write(self, index: int, change: RecordChange) -> None:
        """Write one change. A record keeps its version, so that a later operation can name it in `if_version`."""
        self.last_writers[change.id] = index
        old = self._records.pop(change.id, None)
        version = self._state.version + 1 if old is None else old.version
        if change.id == self._state.next_id:
            self._state = replace(self._state, next_id=change.id + 1)
        if self._state.definition.key:
            self._update_key_index(change.id, old, change.values)
        if change.values is not None:
            self._records[change.id] = Record(version, change.values)

    def _update_key_index(self, id: int, old: Record | None, values: Values | None) -> None:
        if old is not None and self._ids.get(key := key_commands.get_comparable_key(self._state, old)) == id:
            del self._ids[key]
        if values is not None:
            self._ids[key_commands.get_comparable_key(self._state, Record(0, values))] = id

    def _has_changed(self, before: Record | None, after: Record | None) -> bool:
        if before is None or after is None:
            return before is not after
        return not have_same_values(without_dropped(self._state.definition, before.values), after.values)
