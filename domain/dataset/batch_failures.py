"""The refusal of a batch, which names each failed operation by its index."""

from domain.errors import Conflict, Fault, Invalid, NotFound, PreconditionFailed, Refusal

MAX_FAULTS = 100
"""Faults in one refusal; further ones are only counted."""

_PLACES = {NotFound: "id", PreconditionFailed: "if_version", Conflict: "values"}


class BatchFailures:
    """Collects the failed operations of a batch of `size`."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._failed: set[int] = set()
        self._faults: list[Fault] = []
        self._kinds: set[type[Refusal]] = set()
        self._codes: set[str] = set()
        self._first = ""

    def add(self, index: int, refusal: Refusal) -> None:
        """Note that the operation at `index` was refused."""
        self._first = self._first or f"operation {index}: {refusal.detail}"
        self._failed.add(index)
        self._kinds.add(type(refusal))
        self._codes.add(refusal.code)
        if len(self._faults) < MAX_FAULTS:
            self._faults += _locate_faults(index, refusal)[: MAX_FAULTS - len(self._faults)]

    def raise_if_any(self) -> None:
        """Raises PreconditionFailed or Conflict if all failures are of that kind, otherwise Invalid."""
        if not self._failed:
            return
        kind = next(iter(self._kinds)) if len(self._kinds) == 1 else Invalid
        code = next(iter(self._codes)) if len(self._codes) == 1 else "operations-refused"
        failed = f"{len(self._failed)} of {self._size} operations" if self._size > 1 else "The operation"
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
