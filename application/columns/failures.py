"""The values that stand in the way of a change of columns: the first of them, and their number."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.columns import Value
from domain.errors import Conflict, Fault
from domain.json_pointer import escape_pointer_token

MAX_LISTED = 100


@dataclass(frozen=True, slots=True)
class ValueFailure:
    """A value that does not fit, by record and column. `code` is type-error, required, duplicate or too-long."""

    id: int
    column: str
    value: Value
    code: str
    why: str


@dataclass
class ValueFailures:
    """Collects failures; only the first MAX_LISTED are kept."""

    listed: list[ValueFailure] = field(default_factory=list)
    number: int = 0

    def add(self, failure: ValueFailure) -> None:
        self.add_found([failure], 1)

    def add_found(self, first: list[ValueFailure], number: int) -> None:
        """Add `number` failures, of which these are the first."""
        self.listed += first[: MAX_LISTED - len(self.listed)]
        self.number += number

    def to_json(self) -> Mapping[str, object]:
        """The members of an answer or a problem."""
        listed = [{"id": one.id, "column": one.column, "value": one.value, "why": one.why} for one in self.listed]
        return {"failed": self.number, "failures": listed}

    def raise_if_any(self) -> None:
        """Raises Conflict `values-do-not-fit`, which lists the failures."""
        if not self.number:
            return
        first = self.listed[0]
        count = "One value does" if self.number == 1 else f"{self.number:,} values do"
        detail = f"{count} not fit, so nothing was changed; record {first.id}, column {first.column!r}: {first.why}"
        codes = dict.fromkeys((one.column, one.code) for one in self.listed)
        examples = {(one.column, one.code): one for one in reversed(self.listed)}
        faults = tuple(
            Fault(f"/columns/{escape_pointer_token(column)}", code, f"record {one.id}: {one.why}")
            for column, code in codes
            if (one := examples[column, code])
        )
        raise Conflict("values-do-not-fit", detail, faults, self.to_json())
