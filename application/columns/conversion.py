"""Converts the values of a column to another type, block by block, so that memory use does not grow with them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any, assert_never
from uuid import UUID

from psycopg import Cursor

from application.columns.column_ports import Cell, ColumnRewriter, NewCell, TextReader, ValueNotations
from application.columns.failures import ValueFailure, ValueFailures
from domain import exact_json
from domain.columns import Column, ColumnType, Value, quote_value
from domain.dataset.columns.column_changes import OnFailure
from domain.dataset.columns.column_plan import Retype
from domain.dataset.columns.value_conversion import (
    CannotConvert,
    convert_directly,
    keeps_values,
    needs_text,
    write_plain_text,
)

NULL = "null"


class TextOrigin(Enum):
    """Where the text of a value comes from: its source file, the format of its column, or the value itself."""

    SOURCE = auto()
    FORMAT = auto()
    VALUE = auto()


@dataclass
class ConversionCounts:
    """How many values of a column have another form after the conversion, and how many became null.

    `from_source` and `from_format`: how many texts are those of the source file, and how many were written in the
    format of the column.
    """

    converted: int = 0
    nulled: int = 0
    from_source: int = 0
    from_format: int = 0


@dataclass(frozen=True, slots=True)
class ColumnConversion:
    """What became of a column whose type changed."""

    column: Column
    counts: ConversionCounts


@dataclass(frozen=True, slots=True)
class ColumnConverter:
    """Converts columns in one transaction; the failures of all columns are collected."""

    cursor: "Cursor[Any]"
    dataset_id: UUID
    rewriter: ColumnRewriter
    notations: ValueNotations
    reader: TextReader
    failures: ValueFailures

    def convert(self, retype: Retype) -> ColumnConversion:
        """Store the new values that differ. Raises Invalid `ambiguous-format`."""
        if keeps_values(retype.before.type, retype.after.type) and retype.after.format is None:
            return ColumnConversion(retype.after, ConversionCounts())
        after = replace(retype.after, format=self._find_format(retype))
        block_converter = _BlockConverter(self, replace(retype, after=after))
        for block in self.rewriter.read_cells(self.cursor, self.dataset_id, after.position):
            self.rewriter.store_converted(self.cursor, after.position, block_converter.convert(block))
        return ColumnConversion(after, block_converter.counts)

    def _find_format(self, retype: Retype) -> str | None:
        after = retype.after
        if not after.type.has_formats:
            return None
        if after.format is not None:
            return self.notations.normalize_format(after.type, after.format)
        return self.reader.find_format(retype.before.name, after.type, self._read_texts(retype))

    def write_text(self, column: Column, value: Value, source: str | None) -> tuple[str | None, TextOrigin]:
        """The text of a value: that of its file, else in the format of its column."""
        if source is not None:
            return source, TextOrigin.SOURCE
        text = write_plain_text(value)
        if text is None or column.format is None:
            return text, TextOrigin.VALUE
        return self.notations.write(column.type, column.format, text), TextOrigin.FORMAT

    def _read_texts(self, retype: Retype) -> Iterator[Sequence[str]]:
        """The texts of the values that are converted by way of text."""
        before, after = retype.before, retype.after
        for block in self.rewriter.read_cells(self.cursor, self.dataset_id, after.position):
            cells = [
                (value, source)
                for _, value, source in _parse_cells(block)
                if needs_text(before.type, after.type, value)
            ]
            yield [text for cell in cells if (text := self.write_text(before, *cell)[0])]


class _BlockConverter:
    """Converts blocks of one column, and counts."""

    def __init__(self, converter: ColumnConverter, retype: Retype) -> None:
        self.counts = ConversionCounts()
        self._converter = converter
        self._retype = retype

    def convert(self, block: Sequence[Cell]) -> list[NewCell]:
        """The new values that differ from the current ones."""
        before, after = self._retype.before, self._retype.after
        changed: list[NewCell] = []
        waiting: list[tuple[int, Value, str]] = []
        for id, value, source in _parse_cells(block):
            if needs_text(before.type, after.type, value):
                text, origin = self._converter.write_text(before, value, source)
                if text is not None:
                    waiting.append((id, value, text))
                    self._count(origin)
                continue
            try:
                converted = convert_directly(before.type, after.type, value)
            except CannotConvert as error:
                changed += self._fail(id, value, str(error))
            else:
                if converted is not value:
                    changed.append((id, exact_json.dumps(converted)))
        changed += self._read_texts(waiting)
        self.counts.converted += sum(cell != NULL for _, cell in changed)
        return changed

    def _count(self, origin: TextOrigin) -> None:
        match origin:
            case TextOrigin.SOURCE:
                self.counts.from_source += 1
            case TextOrigin.FORMAT:
                self.counts.from_format += 1
            case TextOrigin.VALUE:
                pass
            case _:
                assert_never(origin)

    def _read_texts(self, waiting: Sequence[tuple[int, Value, str]]) -> Iterator[NewCell]:
        after = self._retype.after
        texts = [text for _, _, text in waiting]
        if after.type is ColumnType.STRING:
            read: Sequence[str | None] = [exact_json.dumps(text) for text in texts]
        else:
            read = self._converter.reader.read(after.type, after.format, texts)
        for (id, value, text), cell in zip(waiting, read, strict=True):
            if cell is None and text:
                why = f"{quote_value(text)} is not {self._converter.reader.describe(after.type, after.format)}"
                yield from self._fail(id, value, why)
            elif cell != exact_json.dumps(value):
                yield id, cell or NULL

    def _fail(self, id: int, value: Value, why: str) -> Iterator[NewCell]:
        if self._retype.on_failure is OnFailure.NULL:
            self.counts.nulled += 1
            yield id, NULL
        else:
            self._converter.failures.add(ValueFailure(id, self._retype.before.name, value, "type-error", why))


def _parse_cells(block: Sequence[Cell]) -> Iterator[tuple[int, Value, str | None]]:
    return ((id, exact_json.loads(cell), source) for id, cell, source in block)
