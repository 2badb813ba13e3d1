"""Store rejects on disk until they are reported: there may be many, and their rows may be long."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import msgspec

from domain.errors import Invalid


class SpooledReject(msgspec.Struct, array_like=True, frozen=True):
    """A rejected row; `element` is its text."""

    line: int
    column: str | None
    code: str
    detail: str
    element: str


class RejectFile:
    """A file of rejects: written once, then read any number of times. It holds at most `limit` rejects."""

    def __init__(self, folder: Path, limit: int) -> None:
        self.path = folder / f"rejects-{uuid4().hex}"
        self.count = 0
        self.first: SpooledReject | None = None
        self._limit = limit
        self._file = self.path.open("wb", buffering=1 << 16)

    def add(self, rejected: SpooledReject) -> None:
        """Store a reject. Raises Invalid `too-many-rejects` beyond the limit."""
        self.first = self.first or rejected
        self.count += 1
        if self.count > self._limit:
            detail = f"More than {self._limit:,} rows were rejected; the first is in line {self.first.line:,}: "
            raise Invalid("too-many-rejects", f"{detail}{self.first.detail}.")
        self._file.write(msgspec.json.encode(rejected) + b"\n")

    def close(self) -> None:
        self._file.close()

    def __iter__(self) -> Iterator[SpooledReject]:
        decode = msgspec.json.Decoder(SpooledReject).decode
        with self.path.open("rb") as file:
            for line in file:
                yield decode(line)
