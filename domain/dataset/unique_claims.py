"""Claims on unique values: the values that an event sets and that no other current record may have."""

from dataclasses import dataclass

from domain.columns import quote_value
from domain.dataset.events import ColumnsChanged, DatasetReverted, Event, inline_changes
from domain.dataset.state import DatasetState
from domain.equality import to_comparable
from domain.errors import Conflict, Fault
from domain.json_pointer import escape_pointer_token
from domain.schema import Definition, Values


@dataclass(frozen=True, slots=True)
class UniqueClaim:
    """No current record except `id` may have `values` in the columns at `positions`.

    `operation` is the index of the batch operation that set the values, None outside a batch. The records of one
    batch were already compared with each other.
    """

    id: int
    positions: tuple[int, ...]
    values: Values
    operation: int | None = None


def find_unique_claims(state: DatasetState, event: Event) -> tuple[UniqueClaim, ...]:
    """The claims of `event`: unique values that the record did not have before."""
    sets = state.definition.unique_sets()
    if not sets or isinstance(event, DatasetReverted | ColumnsChanged):
        return ()
    claims = []
    for change in inline_changes(event):
        before = state.records.get(change.id)
        for positions in sets if change.values is not None else ():
            values = pick_values(change.values or (), positions)
            if None not in values and (before is None or _differ(pick_values(before.values, positions), values)):
                claims.append(UniqueClaim(change.id, positions, values))
    return tuple(claims)


def _differ(before: Values, after: Values) -> bool:
    """As the database tells unique values apart: 1.10 is 1.1, but 1 is not true."""
    return to_comparable(before) != to_comparable(after)


def duplicate_key_error(definition: Definition, claim: UniqueClaim, holder: int) -> Conflict:
    """The refusal of a claim on values that record `holder` has."""
    names = [column.name for column in definition.columns if column.position in claim.positions]
    values = ", ".join(quote_value(value) for value in claim.values)
    what = "key" if claim.positions == definition.key else "unique column"
    detail = f"The {what} {', '.join(names)} = {values} is taken by record {holder}"
    faults = tuple(Fault(f"/values/{escape_pointer_token(name)}", "duplicate", detail) for name in names)
    return Conflict("duplicate-key", detail, faults, {"record": holder})


def pick_values(values: Values, positions: tuple[int, ...]) -> Values:
    """The values at these positions; null if the record is older than the column."""
    return tuple(values[position] if position < len(values) else None for position in positions)
