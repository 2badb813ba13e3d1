"""A value format: how values are written, the column type they have, and the SQL that converts them to JSON.

In the code a value format is called a form for short. A column gets a form only if each of its values matches the
form's patterns completely. That keeps typing lossless: `007`, `+1` and `1e5` match only text. Patterns are regular
expressions that both Python's `re` and RE2 (DuckDB) support; none may match a `|`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from domain.columns import MAX_DIGITS, ColumnType
from interfaces.formats.sql_literal import escape_braces, quote_literal


@dataclass(frozen=True, slots=True)
class ValueFormat:
    """A format of values. `title` names it in messages, `json` is the SQL that converts a value `{c}` to JSON text.

    Values match each of `patterns` (none: all values match) and the SQL condition `valid`. `format` is the name of
    the format if it is not canonical. `nulls` are the words that are read as null. `blank` is an empty cell's JSON.
    """

    title: str
    type: ColumnType
    patterns: tuple[str, ...]
    json: str
    format: str | None = None
    nulls: tuple[str, ...] = ()
    valid: str | None = None
    blank: str = "null"

    def accepts(self, text: str) -> bool:
        """Whether `text`, which is not empty, has this format."""
        if text in self.nulls:
            return True
        if self.is_number and len(text.encode()) > MAX_DIGITS:
            return False
        return all(re.fullmatch(pattern, text, re.ASCII) for pattern in self.patterns)

    @property
    def is_number(self) -> bool:
        return self.type.is_number

    def with_words(self, words: Iterable[str]) -> "ValueFormat":
        """This format, with `words` also accepted: as null, or as text if the format is text."""
        ordered = tuple(sorted(words))
        if not ordered or (self.type is ColumnType.STRING and not self.patterns):
            return self
        if self.type is not ColumnType.STRING:
            return self.with_nulls(ordered)
        others = any_of_pattern(ordered)
        return replace(self, patterns=tuple(f"(?:{pattern})|{others}" for pattern in self.patterns))

    def with_nulls(self, words: tuple[str, ...]) -> "ValueFormat":
        """This format, with `words` read as null. An empty cell is not null if the format gives it a meaning."""
        if self.blank == "null" or not words:
            return replace(self, nulls=words)
        nulls = escape_braces(", ".join(map(quote_literal, words)))
        patterns = tuple(f"(?:{pattern})|{any_of_pattern(words)}" for pattern in self.patterns)
        return replace(self, patterns=patterns, json=f"if({{c}} in ({nulls}), 'null', {self.json})")


_TEXT_JSON_SQL = "to_json({c})::varchar"

TEXT = ValueFormat("text", ColumnType.STRING, (), _TEXT_JSON_SQL)
NO_VALUES = ValueFormat("nothing", ColumnType.STRING, ("",), _TEXT_JSON_SQL)
"""A column without values: its first value decides the format."""


def identifier_format(digits: int) -> ValueFormat:
    """Numbers of equal length that are too long for arithmetic, such as card or account numbers. Text."""
    return provisional_text(f"[1-9][0-9]{{{digits - 1}}}")


def grouped_identifier_format(length: int, pattern: str) -> ValueFormat:
    """Numbers of equal length in groups of digits, such as telephone numbers; `pattern` is the separator. Text."""
    first = (length - 1) % 4 + 1
    return provisional_text(f"[1-9][0-9]{{{first - 1}}}(?:{pattern}[0-9]{{3}}){{{(length - first) // 4}}}")


def words_only_format(words: Iterable[str]) -> ValueFormat:
    """A column with no values but `words`, which do not prove a type. Text."""
    return provisional_text(any_of_pattern(sorted(words)))


def either_format(usual: ValueFormat, others: Sequence[ValueFormat]) -> ValueFormat:
    """Values in the format `usual`, or in one of others that have the same type and pass values on unchanged."""
    (pattern,) = usual.patterns
    (json,) = {other.json for other in others}
    if usual.json != json:
        escaped = escape_braces(quote_literal(pattern))
        json = f"if(regexp_full_match({{c}}, {escaped}), {usual.json}, {json})"
    patterns = ("|".join(f"(?:{one})" for form in (usual, *others) for one in form.patterns),)
    return replace(usual, patterns=patterns, json=json)


def ambiguous_format(one: ValueFormat, other: ValueFormat) -> ValueFormat:
    """Values that fit both formats, which read them differently. Text."""
    return provisional_text(*one.patterns, *other.patterns)


def provisional_text(*patterns: str) -> ValueFormat:
    """Text for as long as all values match the patterns; another value may show that the column has a type."""
    return ValueFormat("text", ColumnType.STRING, patterns, _TEXT_JSON_SQL)


def any_of_pattern(words: Iterable[str]) -> str:
    """The pattern of some words."""
    return "|".join(re.escape(word) for word in words)
