"""Elements of a JSON file on their way into the spool: rows of values, or rejects with the reason.

Numbers go from the file to the spool as they are written; no value passes through a float.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

from domain.errors import TooLarge
from domain.schema import unique_names
from interfaces.formats.json.columns import NULL, CheckedValues, ColumnState
from interfaces.formats.json.shapes import InvalidElement, RawRow, RowShape
from interfaces.formats.source import InputFile
from interfaces.formats.spool.reject_file import RejectFile, SpooledReject
from interfaces.formats.spool.row_spool import RowSpool

_CELLS_PER_STEP = 500_000


@contextmanager
def open_json_rows(source: InputFile, shape: "RowShape") -> Iterator["JsonRows"]:
    """Rows to take elements of this shape; all is on disk when the block ends."""
    spool = RowSpool(source.scratch)
    with closing(spool), closing(RejectFile(source.scratch, source.limits.rejects)) as rejects:
        yield JsonRows(source, shape, spool, rejects)


@dataclass(slots=True)
class JsonRows:
    """Takes elements in the order of the file. `widths` are (row, number of columns) pairs: from that row of the
    spool on, rows have so many values."""

    source: InputFile
    shape: RowShape
    spool: RowSpool
    rejects: RejectFile
    columns: list[ColumnState] = field(default_factory=list)
    widths: list[tuple[int, int]] = field(default_factory=list)

    def take(self, elements: Sequence[bytes], lines: Sequence[int]) -> None:
        """Keep these elements, which begin in these lines of the file. Raises Invalid or TooLarge."""
        step = max(1, _CELLS_PER_STEP // max(len(self.shape.keys), 1))
        for start in range(0, len(elements), step):
            self._take(elements[start : start + step], lines[start : start + step])

    def _take(self, elements: Sequence[bytes], lines: Sequence[int]) -> None:
        try:
            rows: Sequence[RawRow] = self.shape.rows(elements)
        except InvalidElement:
            elements, lines, rows = self._well_formed(elements, lines)
        if not rows:
            return
        self.add_columns()
        tokens = list(zip(*rows, strict=True))
        changed: dict[int, CheckedValues] = {}
        short = max(map(len, elements)) <= self.source.limits.cell_bytes
        for at, (column, values) in enumerate(zip(self.columns, tokens, strict=True)):
            if not short or not column.fits(b"\n".join(values) + b"\n"):
                changed[at] = column.passed([bytes(value) for value in values])
        if any(passed.faults for passed in changed.values()):
            self._reject(changed, elements, lines)
            return
        for at, passed in changed.items():
            self.columns[at].commit(passed, lines)
        self._keep(rows, tokens, changed, lines)

    def _well_formed(
        self, elements: Sequence[bytes], lines: Sequence[int]
    ) -> tuple[list[bytes], list[int], Sequence[RawRow]]:
        """The elements that are rows; the others are rejected."""
        kept: list[bytes] = []
        kept_lines: list[int] = []
        for element, line in zip(elements, lines, strict=True):
            try:
                self.shape.row(element)
            except InvalidElement as error:
                self._add_reject(line, error.column, error.code, error.detail, element)
            else:
                kept.append(element)
                kept_lines.append(line)
        return kept, kept_lines, self.shape.rows(kept) if kept else []

    def add_columns(self) -> None:
        """Begin the columns that the last elements brought."""
        if len(self.columns) == len(self.shape.keys):
            return
        options, limits = self.source.options, self.source.limits
        names = unique_names(self.shape.keys)
        nulls = frozenset(options.null_values or ())
        for key, name in list(zip(self.shape.keys, names, strict=True))[len(self.columns) :]:
            wanted = options.columns.get(name)
            self.columns.append(ColumnState(key, wanted.type if wanted else None, nulls, limits.cell_bytes))

    def _reject(self, changed: dict[int, CheckedValues], elements: Sequence[bytes], lines: Sequence[int]) -> None:
        """Reject the rows at fault and begin anew with the others."""
        faults: dict[int, tuple[int, str]] = {}
        for at, passed in changed.items():
            for place, detail in passed.faults:
                faults.setdefault(place, (at, detail))
        names = unique_names(self.shape.keys)
        for place, (at, detail) in sorted(faults.items()):
            self._add_reject(lines[place], names[at], "type-error", detail, elements[place])
        left = [place for place in range(len(elements)) if place not in faults]
        if left:
            self._take([elements[place] for place in left], [lines[place] for place in left])

    def _add_reject(self, line: int, column: str | None, code: str, detail: str, element: bytes) -> None:
        text = bytes(element).decode(errors="replace").strip()
        self.rejects.add(SpooledReject(line, column, code, detail, text))

    def _keep(
        self,
        rows: Sequence[RawRow],
        tokens: Sequence[RawRow],
        changed: dict[int, CheckedValues],
        lines: Sequence[int],
    ) -> None:
        if any(passed.tokens != values for passed, values in ((changed[at], tokens[at]) for at in changed)):
            columns = [changed[at].tokens if at in changed else values for at, values in enumerate(tokens)]
            rows = list(zip(*columns, strict=True))
        width = len(self.columns)
        if not self.widths or self.widths[-1][1] != width:
            self.widths.append((self.spool.rows, width))
        self.spool.extend(b"[" + b"]\n[".join([b",".join(row) for row in rows]) + b"]\n", lines)
        check_unpacked_size(self.spool.bytes, self.source)


def pad_lines(lines: bytes, first: int, widths: Sequence[tuple[int, int]]) -> bytes:
    """Lines of the spool from row `first` on, all as wide as the last ones: nulls for columns that came later."""
    if first >= widths[-1][0]:
        return lines
    return b"".join(_padded_lines(lines, first, widths))


def _padded_lines(lines: bytes, first: int, widths: Sequence[tuple[int, int]]) -> Iterator[bytes]:
    full = widths[-1][1]
    at = max(index for index, (row, _) in enumerate(widths) if row <= first)
    for row, line in enumerate(lines.splitlines(keepends=True), first):
        if at + 1 < len(widths) and widths[at + 1][0] <= row:
            at += 1
        width = widths[at][1]
        tail = b",".join([NULL] * (full - width)) + b"]\n"
        yield line if width == full else line[:-2] + (b"," if width else b"") + tail


def check_unpacked_size(size: int, source: InputFile) -> None:
    """Raise TooLarge where the rows of a file unpack to more than is allowed."""
    if size > source.limits.unpacked_bytes:
        detail = f"The rows unpack to more than {source.limits.unpacked_bytes:,} bytes."
        raise TooLarge("unpacked-too-large", detail)
