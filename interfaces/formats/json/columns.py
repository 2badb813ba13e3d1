"""Tracks which kinds of values a column of a JSON file has, and derives the column's type from them.

One regular expression checks a whole block of values against the kinds seen before. Values are examined one by one
only where it does not match.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
import orjson

from domain.columns import ColumnType
from interfaces.formats.json.declared_types import convert_token, declared_type_pattern
from interfaces.formats.json.tokens import (
    NO_KIND,
    NUMBER_KINDS,
    STRING_KINDS,
    JsonKind,
    classify_token,
    kinds_pattern,
)
from interfaces.formats.values.blanks import BLANKS
from interfaces.formats.values.declared_text import TextReader

NULL = b"null"
_KIND_GROUPS = (JsonKind.BOOLEAN, NUMBER_KINDS | JsonKind.HUGE, STRING_KINDS, JsonKind.NESTED)
_GROUP_WORDS = {
    JsonKind.BOOLEAN: "true or false",
    NUMBER_KINDS | JsonKind.HUGE: "a number",
    STRING_KINDS: "a string",
    JsonKind.NESTED: "JSON",
}


@dataclass(frozen=True, slots=True)
class CheckedValues:
    """A block of values after the check.

    `tokens` is what to store. `kinds` includes the kinds of earlier blocks. `faults` are (index, reason) pairs.
    `mixed_index` is the index of the first value of another kind, `huge_index` that of the first number too large
    to store as a number; -1 if there is none.
    """

    tokens: Sequence[bytes]
    kinds: JsonKind
    faults: tuple[tuple[int, str], ...]
    mixed_index: int = -1
    huge_index: int = -1


@dataclass(slots=True)
class ColumnState:
    """What is known about one column so far.

    `key` is the name in the file's objects. `declared` is the type the client declared, if any; `reader` reads
    strings as values of it. `trims`: blanks around strings are left out. Strings in `null_texts` are read as null. A
    value may have at most `max_cell_bytes` bytes.
    """

    key: str
    declared: ColumnType | None
    reader: TextReader | None
    trims: bool
    null_texts: frozenset[str]
    max_cell_bytes: int
    kinds: JsonKind = NO_KIND
    mixed_line: int | None = None
    mixed_kind: JsonKind = NO_KIND
    huge_line: int | None = None
    _null_tokens: tuple[bytes, ...] = field(init=False)
    _pattern: "re.Pattern[bytes]" = field(init=False)

    def __post_init__(self) -> None:
        self._null_tokens = tuple(b"\n" + orjson.dumps(text) + b"\n" for text in self.null_texts)
        self._widen(self.kinds)

    def fits(self, joined: bytes) -> bool:
        """Whether all values can be stored unchanged and add no new kind.

        `joined` has one value a line, each ended by a newline; none may be longer than `max_cell_bytes`.
        """
        if self.trims and b'"' in joined:
            return False
        if self.null_texts and (b"\\" in joined or any(token in b"\n" + joined for token in self._null_tokens)):
            return False
        return self._pattern.fullmatch(joined) is not None and b"\\u0000" not in joined

    def check_values(self, tokens: Sequence[bytes]) -> CheckedValues:
        """Check each value by itself. The column's state changes only with `commit`."""
        values: list[bytes] = []
        faults: list[tuple[int, str]] = []
        kinds, mixed_index, huge_index = self.kinds, -1, -1
        for index, token in enumerate(tokens):
            try:
                kind, value = self._classify(token)
            except ValueError as error:
                faults.append((index, str(error)))
                kind, value = NO_KIND, NULL
            values.append(value)
            if kind not in kinds:
                if mixed_index < 0 and not _is_mixed(kinds) and _is_mixed(kinds | kind):
                    mixed_index = index
                if huge_index < 0 and kind is JsonKind.HUGE:
                    huge_index = index
                kinds |= kind
        return CheckedValues(values, kinds, tuple(faults), mixed_index, huge_index)

    def commit(self, checked: CheckedValues, lines: Sequence[int]) -> None:
        """Add a checked block to the column's state; `lines` are the file lines of the block's rows."""
        if checked.mixed_index >= 0:
            self.mixed_line = lines[checked.mixed_index]
            self.mixed_kind = checked.kinds
        if checked.huge_index >= 0 and self.huge_line is None:
            self.huge_line = lines[checked.huge_index]
        if checked.kinds != self.kinds:
            self._widen(checked.kinds)

    @property
    def type(self) -> ColumnType:
        """The declared type, or the narrowest type for all values seen."""
        if self.declared is not None:
            return self.declared
        kinds = self.kinds
        if kinds & JsonKind.NESTED:
            return ColumnType.JSON
        if _is_mixed(kinds):
            return ColumnType.STRING
        if kinds & JsonKind.BOOLEAN:
            return ColumnType.BOOLEAN
        if kinds & NUMBER_KINDS and not kinds & JsonKind.HUGE:
            return ColumnType.DECIMAL if kinds & JsonKind.DECIMAL else ColumnType.INTEGER
        if kinds == JsonKind.DATE:
            return ColumnType.DATE
        return ColumnType.DATETIME if kinds in (JsonKind.LOCAL, JsonKind.OFFSET) else ColumnType.STRING

    @property
    def is_mixed(self) -> bool:
        """Whether values of several kinds keep the column from having a type."""
        return self.declared is None and _is_mixed(self.kinds)

    @property
    def scalars_as_text(self) -> bool:
        """Whether stored numbers and booleans must become strings, because other values of the column are text."""
        is_text = self.declared is None and self.type is ColumnType.STRING
        return is_text and bool(self.kinds & (NUMBER_KINDS | JsonKind.BOOLEAN))

    def _classify(self, token: bytes) -> tuple[JsonKind, bytes]:
        if len(token) > self.max_cell_bytes:
            raise ValueError(f"the value has {len(token):,} bytes; {self.max_cell_bytes:,} are allowed")
        if self.trims and token[:1] == b'"':
            text = msgspec.json.decode(token, type=str)
            if (trimmed := text.strip(BLANKS)) != text:
                token = orjson.dumps(trimmed) if trimmed else NULL
        if self.null_texts and token[:1] == b'"' and orjson.loads(token) in self.null_texts:
            return NO_KIND, NULL
        if self.declared is None:
            return classify_token(token)
        return NO_KIND, convert_token(self.declared, token, self.reader)

    def _widen(self, kinds: JsonKind) -> None:
        self.kinds = kinds
        self._pattern = kinds_pattern(kinds) if self.declared is None else declared_type_pattern(self.declared)


def describe_kinds(kinds: JsonKind) -> str:
    """The kinds in words, for a sentence: "a number and a string"."""
    return " and ".join(word for kind, word in _GROUP_WORDS.items() if kind & kinds)


def _is_mixed(kinds: JsonKind) -> bool:
    return sum(bool(kinds & group) for group in _KIND_GROUPS) > 1
