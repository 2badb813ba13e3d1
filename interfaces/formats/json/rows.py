"""Writes the elements of a JSON file to the spool as rows of values, or to the reject file with the reason.

Numbers are copied from the file to the spool as text; no value passes through a float.
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
from interfaces.formats.values.declared_text import declared_text_reader

_CELLS_PER_STEP = 500_000


@contextmanager
def open_json_rows(source: InputFile, shape: "RowShape") -> Iterator["JsonRows"]:
    """Rows for elements of this shape. Everything is on disk when the `with` block ends."""
    spool = RowSpool(source.scratch)
    with closing(spool), closing(RejectFile(source.scratch, source.limits.rejects)) as rejects:
        yield JsonRows(source, shape, spool, rejects)


@dataclass(slots=True)
class JsonRows:
    """Collects elements in the order of the file.

    `widths` are (row, number of values) pairs: the width of the spool's rows from that row on.
    """

    source: InputFile
    shape: RowShape
    spool: RowSpool
    rejects: RejectFile
    columns: list[ColumnState] = field(default_factory=list)
    widths: list[tuple[int, int]] = field(default_factory=list)

    def add(self, elements: Sequence[bytes], lines: Sequence[int]) -> None:
        """Add elements that begin in these lines of the file. Raises Invalid or TooLarge."""
        step = max(1, _CELLS_PER_STEP // max(len(self.shape.keys), 1))
        for start in range(0, len(elements), step):
            self._add_step(elements[start : start + step], lines[start : start + step])

    def _add_step(self, elements: Sequence[bytes], lines: Sequence[int]) -> None:
        try:
            rows: Sequence[RawRow] = self.shape.rows(elements)
        except InvalidElement:
            elements, lines, rows = self._reject_invalid(elements, lines)
        if not rows:
            return
        self.add_columns()
        tokens = list(zip(*rows, strict=True))
        changed: dict[int, CheckedValues] = {}
        short = max(map(len, elements)) <= self.source.limits.cell_bytes
        for at, (column, values) in enumerate(zip(self.columns, tokens, strict=True)):
            if not short or not column.fits(b"\n".join(values) + b"\n"):
                changed[at] = column.check_values([bytes(value) for value in values])
        if any(checked.faults for checked in changed.values()):
            self._reject_faulty(changed, elements, lines)
            return
        for at, checked in changed.items():
            self.columns[at].commit(checked, lines)
        self._spool_rows(rows, tokens, changed, lines)

    def _reject_invalid(
        self, elements: Sequence[bytes], lines: Sequence[int]
    ) -> tuple[list[bytes], list[int], Sequence[RawRow]]:
        """Reject the elements that are not rows; return the others with their lines and rows."""
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
        """Add a column state for every name that the last elements introduced."""
        if len(self.columns) == len(self.shape.keys):
            return
        options, limits = self.source.options, self.source.limits
        names = unique_names(self.shape.keys)
        nulls = frozenset(options.null_values or ())
        for key, name in list(zip(self.shape.keys, names, strict=True))[len(self.columns) :]:
            declared = options.columns.get(name)
            reader = declared_text_reader(declared, options.decimal) if declared else None
            type, trims = declared.type if declared else None, options.trim is True
            self.columns.append(ColumnState(key, type, reader, trims, nulls, limits.cell_bytes))

    def _reject_faulty(
        self, changed: dict[int, CheckedValues], elements: Sequence[bytes], lines: Sequence[int]
    ) -> None:
        """Reject the faulty rows and process the others again."""
        faults: dict[int, tuple[int, str]] = {}
        for at, checked in changed.items():
            for index, detail in checked.faults:
                faults.setdefault(index, (at, detail))
        names = unique_names(self.shape.keys)
        for index, (at, detail) in sorted(faults.items()):
            self._add_reject(lines[index], names[at], "type-error", detail, elements[index])
        valid = [index for index in range(len(elements)) if index not in faults]
        if valid:
            self._add_step([elements[index] for index in valid], [lines[index] for index in valid])

    def _add_reject(self, line: int, column: str | None, code: str, detail: str, element: bytes) -> None:
        text = bytes(element).decode(errors="replace").strip()
        self.rejects.add(SpooledReject(line, column, code, detail, text))

    def _spool_rows(
        self,
        rows: Sequence[RawRow],
        tokens: Sequence[RawRow],
        changed: dict[int, CheckedValues],
        lines: Sequence[int],
    ) -> None:
        if any(checked.tokens != values for checked, values in ((changed[at], tokens[at]) for at in changed)):
            columns = [changed[at].tokens if at in changed else values for at, values in enumerate(tokens)]
            rows = list(zip(*columns, strict=True))
        width = len(self.columns)
        if not self.widths or self.widths[-1][1] != width:
            self.widths.append((self.spool.rows, width))
        self.spool.extend(b"[" + b"]\n[".join([b",".join(row) for row in rows]) + b"]\n", lines)
        check_unpacked_size(self.spool.bytes, self.source)


def pad_lines(lines: bytes, first: int, widths: Sequence[tuple[int, int]]) -> bytes:
    """Lines of the spool from row `first` on, padded with nulls for columns that were found later."""
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
    """Raise TooLarge if the rows of a file have more bytes than the limit allows."""
    if size > source.limits.unpacked_bytes:
        detail = f"The rows unpack to more than {source.limits.unpacked_bytes:,} bytes."
        raise TooLarge("unpacked-too-large", detail)
