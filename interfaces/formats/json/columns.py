"""A column of a JSON file while its values pass by: what they have been so far, and what type that makes.

A block of values is compared with what was seen before by one regular expression; only where it does not match,
each value is looked at.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

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
    """What a block of values came to: `tokens` to store, `kinds` with those from before, `faults` as
    (place, what is wrong); `mixed` and `huge` are the places of the first value of another kind, or -1."""

    tokens: Sequence[bytes]
    kinds: JsonKind
    faults: tuple[tuple[int, str], ...]
    mixed: int = -1
    huge: int = -1


@dataclass(slots=True)
class ColumnState:
    """`key` is the name in the file's objects. `cell_bytes` is the longest value accepted."""

    key: str
    wanted: ColumnType | None
    nulls: frozenset[str]
    cell_bytes: int
    kinds: JsonKind = NO_KIND
    mixed_line: int | None = None
    mixed_kind: JsonKind = NO_KIND
    huge_line: int | None = None
    _null_tokens: tuple[bytes, ...] = field(init=False)
    _pattern: "re.Pattern[bytes]" = field(init=False)

    def __post_init__(self) -> None:
        self._null_tokens = tuple(b"\n" + orjson.dumps(text) + b"\n" for text in self.nulls)
        self._widen(self.kinds)

    def fits(self, joined: bytes) -> bool:
        """Whether values (joined by newlines, one at the end, none longer than a cell may be) can be stored as
        they are and tell nothing new."""
        if self.nulls and (b"\\" in joined or any(token in b"\n" + joined for token in self._null_tokens)):
            return False
        return self._pattern.fullmatch(joined) is not None and b"\\u0000" not in joined

    def passed(self, tokens: Sequence[bytes]) -> CheckedValues:
        """Each value looked at; nothing is remembered until `commit`."""
        found: list[bytes] = []
        faults: list[tuple[int, str]] = []
        kinds, mixed, huge = self.kinds, -1, -1
        for at, token in enumerate(tokens):
            try:
                kind, value = self._told(token)
            except ValueError as error:
                faults.append((at, str(error)))
                kind, value = NO_KIND, NULL
            found.append(value)
            if kind not in kinds:
                if mixed < 0 and not _is_mixed(kinds) and _is_mixed(kinds | kind):
                    mixed = at
                if huge < 0 and kind is JsonKind.HUGE:
                    huge = at
                kinds |= kind
        return CheckedValues(found, kinds, tuple(faults), mixed, huge)

    def commit(self, passed: CheckedValues, lines: Sequence[int]) -> None:
        """Remember what was seen; `lines` are the file lines of the block's rows."""
        if passed.mixed >= 0:
            self.mixed_line = lines[passed.mixed]
            self.mixed_kind = passed.kinds
        if passed.huge >= 0 and self.huge_line is None:
            self.huge_line = lines[passed.huge]
        if passed.kinds != self.kinds:
            self._widen(passed.kinds)

    @property
    def type(self) -> ColumnType:
        if self.wanted is not None:
            return self.wanted
        kinds = self.kinds
        if _is_mixed(kinds) or kinds & JsonKind.NESTED:
            return ColumnType.JSON
        if kinds & JsonKind.BOOLEAN:
            return ColumnType.BOOLEAN
        if kinds & NUMBER_KINDS and not kinds & JsonKind.HUGE:
            return ColumnType.DECIMAL if kinds & JsonKind.DECIMAL else ColumnType.INTEGER
        if kinds == JsonKind.DATE:
            return ColumnType.DATE
        return ColumnType.DATETIME if kinds in (JsonKind.LOCAL, JsonKind.OFFSET) else ColumnType.STRING

    @property
    def numbers_as_text(self) -> bool:
        """Whether numbers that were stored as such must become strings, as others were too large."""
        return (
            self.wanted is None
            and bool(self.kinds & JsonKind.HUGE and self.kinds & NUMBER_KINDS)
            and not self.is_mixed
        )

    @property
    def is_mixed(self) -> bool:
        return _is_mixed(self.kinds)

    def _told(self, token: bytes) -> tuple[JsonKind, bytes]:
        if len(token) > self.cell_bytes:
            raise ValueError(f"the value has {len(token):,} bytes; {self.cell_bytes:,} are allowed")
        if self.nulls and token[:1] == b'"' and orjson.loads(token) in self.nulls:
            return NO_KIND, NULL
        return classify_token(token) if self.wanted is None else (NO_KIND, convert_token(self.wanted, token))

    def _widen(self, kinds: JsonKind) -> None:
        self.kinds = kinds
        self._pattern = kinds_pattern(kinds) if self.wanted is None else declared_type_pattern(self.wanted)


def describe_kinds(kinds: JsonKind) -> str:
    """The kinds as a sentence names them."""
    return " and ".join(word for kind, word in _GROUP_WORDS.items() if kind & kinds)


def _is_mixed(kinds: JsonKind) -> bool:
    return sum(bool(kinds & group) for group in _KIND_GROUPS) > 1
