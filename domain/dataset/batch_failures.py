"""Why a batch is refused: each operation that fails is named by its index."""

from domain.errors import Conflict, Fault, Invalid, NotFound, PreconditionFailed, Refusal

MAX_FAULTS = 100
"""Faults that are listed; the others are counted."""

_PLACES = {NotFound: "id", PreconditionFailed: "if_version", Conflict: "values"}


class BatchFailures:
    """The operations that failed, of `number`."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._failed: set[int] = set()
        self._faults: list[Fault] = []
        self._kinds: set[type[Refusal]] = set()
        self._codes: set[str] = set()
        self._first = ""

    def add(self, index: int, refusal: Refusal) -> None:
        self._first = self._first or f"operation {index}: {refusal.detail}"
        self._failed.add(index)
        self._kinds.add(type(refusal))
        self._codes.add(refusal.code)
        if len(self._faults) < MAX_FAULTS:
            self._faults += _locate_faults(index, refusal)[: MAX_FAULTS - len(self._faults)]

    def must_be_none(self) -> None:
        """Raises PreconditionFailed or Conflict if all failed for that reason alone, otherwise Invalid."""
        if not self._failed:
            return
        kind = next(iter(self._kinds)) if len(self._kinds) == 1 else Invalid
        code = next(iter(self._codes)) if len(self._codes) == 1 else "operations-refused"
        failed = f"{len(self._failed)} of {self._number} operations" if self._number > 1 else "The operation"
        detail = f"{failed} failed, so nothing was changed; {self._first}"
        extra = {"failed": len(self._failed)}
        if issubclass(kind, PreconditionFailed | Conflict):
            raise kind(code, detail, tuple(self._faults), extra)
        raise Invalid(code, detail, tuple(self._faults), extra)


def _locate_faults(index: int, refusal: Refusal) -> list[Fault]:
    pointer = f"/operations/{index}"
    if not refusal.faults:
        place = _PLACES.get(type(refusal))
        where = f"{pointer}/{place}" if place else pointer
        return [Fault(where, refusal.code, refusal.detail)]
    if refusal.code == "invalid-key":
        pointer += "/key"
    return [Fault(f"{pointer}{fault.pointer}", fault.code, fault.detail) for fault in refusal.faults]
