"""The shapes of rows in a JSON file: objects (by name), arrays (by position, with a header), or single values."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from operator import itemgetter

import msgspec

from application.imports.file_format import limit_setting
from domain.errors import Invalid
from interfaces.formats.json.nested import TOO_DEEP, find_repeated_name, has_nul

_NULL = msgspec.Raw(b"null")
_decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_array = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_value = msgspec.json.Decoder(msgspec.Raw).decode

RawToken = msgspec.Raw
RawRow = Sequence[RawToken]


class InvalidElement(Exception):
    """An element that is not a row. `code` is an error code of the Frictionless standard; `column` may be None."""

    def __init__(self, code: str, detail: str, column: str | None = None) -> None:
        super().__init__(detail)
        self.code, self.detail, self.column = code, detail, column


@dataclass(slots=True)
class ObjectShape:
    """Rows are objects; every new name adds a column. `keys` are the names in the order of first occurrence."""

    limit: int
    keys: list[str] = field(default_factory=list)
    _known: set[str] = field(default_factory=set)
    _get: Callable[[dict[str, RawToken]], tuple[RawToken, ...]] = lambda row: ()

    def rows(self, elements: Sequence[bytes]) -> list[RawRow]:
        """All elements as rows. Raises InvalidElement if any is not a row; `row` says which one and why."""
        decode = _decode_object
        try:
            objects = [decode(element) for element in elements]
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            raise InvalidElement("row-error", "not an object") from None
        rows = self._rows(objects)
        quotes = sum([element.count(b'"') for element in elements])
        kept = sum([b"".join(row).count(b'"') for row in rows])
        if quotes != kept + 2 * sum(map(len, objects)):
            for element in elements:
                self._check_names(element)
        return rows

    def row(self, element: bytes) -> RawRow:
        """One element as a row. Raises InvalidElement with the reason if it is not one."""
        try:
            members = _decode_object(element)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            raise _invalid_element(error, "an object") from None
        self._check_names(element)
        return self._rows([members])[0]

    def _rows(self, objects: Sequence[dict[str, RawToken]]) -> list[RawRow]:
        width = len(self.keys)
        if width and sum(map(len, objects)) == width * len(objects):
            try:
                return list(map(self._get, objects))
            except KeyError:
                pass  # the same number of names, but other names
        for row in objects:
            if not self._known.issuperset(row):
                self._add_keys(row)
        return [tuple(map(row.get, self.keys, repeat(_NULL))) for row in objects]

    def _add_keys(self, row: Iterable[str]) -> None:
        for key in row:
            if key not in self._known:
                if "\x00" in key:
                    raise Invalid("invalid-name", f"The name {key!r} has the character U+0000.")
                self._known.add(key)
                self.keys.append(key)
        check_column_count(len(self.keys), self.limit)
        keys = tuple(self.keys)

        def single(row: dict[str, RawToken]) -> tuple[RawToken, ...]:
            return (row[keys[0]],)

        self._get = itemgetter(*keys) if len(keys) > 1 else single

    def _check_names(self, element: bytes) -> None:
        """Raise InvalidElement for a repeated name. The number of quotes usually shows that there is none."""
        members = _decode_object(element)
        if element.count(b'"') != b"".join(members.values()).count(b'"') + 2 * len(members):
            try:
                name = find_repeated_name(element, inside=False)
            except RecursionError:
                raise InvalidElement("row-error", TOO_DEEP) from None
            if name is not None:
                raise InvalidElement("duplicate-label", f"the name {name!r} occurs twice in the object", name)


@dataclass(frozen=True, slots=True)
class ArrayShape:
    """Rows are arrays; `keys` is the header."""

    keys: Sequence[str]

    def rows(self, elements: Sequence[bytes]) -> list[RawRow]:
        decode, width = _decode_array, len(self.keys)
        try:
            rows: list[RawRow] = [decode(element) for element in elements]
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            raise InvalidElement("row-error", "not an array") from None
        if any(len(row) != width for row in rows):
            raise InvalidElement("row-error", "an array of another length")
        return rows

    def row(self, element: bytes) -> RawRow:
        try:
            row = _decode_array(element)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            raise _invalid_element(error, "an array") from None
        count, width = len(row), len(self.keys)
        if count < width:
            raise InvalidElement("missing-cell", f"the row has {count:,} of {width:,} values", self.keys[count])
        if count > width:
            raise InvalidElement("extra-cell", f"the row has {count:,} values where {width:,} are expected")
        return row


@dataclass(frozen=True, slots=True)
class ValueShape:
    """Rows are single values in one column, `value`."""

    keys: Sequence[str] = ("value",)

    def rows(self, elements: Sequence[bytes]) -> list[RawRow]:
        try:
            return [(_decode_value(element),) for element in elements]
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            raise InvalidElement("row-error", "not valid JSON") from None

    def row(self, element: bytes) -> RawRow:
        try:
            return (_decode_value(element),)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            raise _invalid_element(error, "a value") from None


RowShape = ObjectShape | ArrayShape | ValueShape


def display_texts(shape: RowShape, element: bytes) -> tuple[str | None, ...]:
    """An element's values as text in the order of the columns, then surplus values; empty if it is not a row."""
    try:
        match shape:
            case ObjectShape():
                members = _decode_object(element)
                row: RawRow = [members.get(key, _NULL) for key in shape.keys]
            case ArrayShape():
                row = _decode_array(element)
            case _:
                row = [_decode_value(element)]
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return ()
    return tuple(map(display_text, row))


def display_text(token: RawToken | bytes) -> str | None:
    """A value as text for people: a string without quotes, null as None. U+0000 stays escaped."""
    encoded = bytes(token)
    if encoded == b"null":
        return None
    if encoded[:1] != b'"':
        return encoded.decode()
    return encoded[1:-1].decode() if has_nul(encoded) else str(msgspec.json.decode(encoded, type=str))


def parse_header(element: bytes) -> list[str] | None:
    """The names in an array of strings; None if the element is not such an array."""
    try:
        return msgspec.json.decode(element, type=list[str])
    except (msgspec.MsgspecError, RecursionError):
        return None


def check_column_count(width: int, limit: int) -> None:
    """Raise Invalid if there are more columns than `limit`."""
    if width > limit:
        allowed = f"{limit:,} are allowed ({limit_setting('columns')})"
        raise Invalid("too-many-columns", f"The file has {width:,} columns or more; {allowed}.")


def _invalid_element(error: Exception, expected: str) -> InvalidElement:
    match error:
        case RecursionError():
            return InvalidElement("row-error", TOO_DEEP)
        case msgspec.ValidationError():
            kind = str(error).rpartition("got ")[2].strip("`") or "something else"
            return InvalidElement("row-error", f"expected {expected}, got {kind}")
        case UnicodeDecodeError():
            return InvalidElement("row-error", "a name is not valid UTF-8")
    reason = str(error).removeprefix("JSON is malformed: ")
    return InvalidElement("row-error", f"this is not valid JSON: {reason}")
