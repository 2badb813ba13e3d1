"""A form: one way of writing values, the type it deserves, and the SQL that turns it into JSON.

A column gets a form only if each of its values matches the form's patterns to the letter; that keeps typing
lossless: `007`, `+1` and `1e5` match nothing but text. Patterns are regular expressions both Python's `re`
and RE2 (DuckDB) understand; none may match a `|`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from domain.columns import MAX_DIGITS, ColumnType


@dataclass(frozen=True, slots=True)
class ValueFormat:
    """A way of writing. `json` is the SQL that turns a matching value `{c}` into JSON text.

    Values match each of `patterns` (none: everything is accepted) and the SQL condition `valid`. `format` names
    the way where it is not canonical. `nulls` are texts that stand for null.
    """

    title: str
    type: ColumnType
    patterns: tuple[str, ...]
    json: str
    format: str | None = None
    nulls: tuple[str, ...] = ()
    valid: str | None = None

    def accepts(self, text: str) -> bool:
        """Whether `text`, which is not empty, is written this way."""
        if text in self.nulls:
            return True
        if self.is_number and len(text.encode()) > MAX_DIGITS:
            return False
        return all(re.fullmatch(pattern, text, re.ASCII) for pattern in self.patterns)

    @property
    def is_number(self) -> bool:
        return self.type in (ColumnType.INTEGER, ColumnType.DECIMAL)

    def allowing(self, words: Iterable[str]) -> "ValueFormat":
        """This form where `words` occur too: null where it proves a type, and text in a column that is text."""
        ordered = tuple(sorted(words))
        if not ordered or (self.type is ColumnType.STRING and not self.patterns):
            return self
        if self.type is not ColumnType.STRING:
            return replace(self, nulls=ordered)
        others = _any_of_pattern(ordered)
        return replace(self, patterns=tuple(f"(?:{pattern})|{others}" for pattern in self.patterns))


_TEXT_JSON_SQL = "to_json({c})::varchar"

TEXT = ValueFormat("text", ColumnType.STRING, (), _TEXT_JSON_SQL)
NO_VALUES = ValueFormat("nothing", ColumnType.STRING, ("",), _TEXT_JSON_SQL)
"""A column without any value yet: the first value shows what it is."""


def identifier_format(digits: int) -> ValueFormat:
    """Numbers all of one length, too long to be counted with: card, account and tweet numbers. Text."""
    return _provisional_text(f"[1-9][0-9]{{{digits - 1}}}")


def grouped_identifier_format(length: int, pattern: str) -> ValueFormat:
    """The same with blanks between groups of digits, as telephone numbers are written. Text."""
    first = (length - 1) % 4 + 1
    return _provisional_text(f"[1-9][0-9]{{{first - 1}}}(?:{pattern}[0-9]{{3}}){{{(length - first) // 4}}}")


def words_only_format(words: Iterable[str]) -> ValueFormat:
    """A column of nothing but `words`, which prove no type by themselves. Text."""
    return _provisional_text(_any_of_pattern(sorted(words)))


def ambiguous_format(one: ValueFormat, other: ValueFormat) -> ValueFormat:
    """Values that two forms read in two ways, as long as each value fits both. Text."""
    return _provisional_text(*one.patterns, *other.patterns)


def _provisional_text(*patterns: str) -> ValueFormat:
    return ValueFormat("text", ColumnType.STRING, patterns, _TEXT_JSON_SQL)


def _any_of_pattern(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in words)
