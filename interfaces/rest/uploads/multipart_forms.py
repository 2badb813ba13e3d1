"""Parses a multipart form: streams its file to a receiver and collects its fields."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from fastapi import Request
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from domain.errors import BadRequest, Fault, Invalid, TooLarge, suggest_nearest

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MAX_FIELD_BYTES = 65_536
FORM_FIELDS = ("file", "name", "description", "key", "options")


class FileReceiver(Protocol):
    def write(self, piece: bytes) -> None: ...


@dataclass(frozen=True, slots=True)
class MultipartForm:
    """The form's fields (without the file) as text, and the file's name."""

    fields: Mapping[str, str]
    filename: str | None


async def receive_form(request: Request, receiver: FileReceiver) -> MultipartForm:
    """Read the form and write its file to `receiver`. Raises BadRequest, Invalid or TooLarge."""
    _, options = parse_options_header(request.headers["content-type"])
    form = _MultipartParts(receiver)
    try:
        parser = MultipartParser(options.get(b"boundary", b""), form.callbacks())
        async for piece in request.stream():
            parser.write(piece)
        parser.finalize()
    except MultipartParseError as error:
        raise BadRequest("invalid-form", f"the body is not a valid multipart form: {error}") from None
    if not form.has_file:
        raise Invalid("no-file", "The form contains no file; send it as the field 'file'")
    if not form.is_whole:
        raise BadRequest("invalid-form", "the form ends before its last boundary: the request was cut off")
    fields = {name: _decode_text(name, bytes(value)) for name, value in form.fields.items()}
    return MultipartForm(fields, form.filename)


@dataclass
class _MultipartParts:
    """Collects the parts of a multipart body from the parser's callbacks."""

    receiver: FileReceiver
    fields: dict[str, bytearray] = field(default_factory=dict)
    filename: str | None = None
    has_file: bool = False
    is_whole: bool = False
    _header: bytearray = field(default_factory=bytearray)
    _value: bytearray = field(default_factory=bytearray)
    _name: str = ""
    _is_file: bool = False

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._data,
            "on_end": self._end,
        }

    def _end(self) -> None:
        self.is_whole = True

    def _begin(self) -> None:
        self._name, self._is_file = "", False

    def _header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, options = parse_options_header(bytes(self._value))
            self._name = _decode_text("name of a field", options.get(b"name", b""))
            if b"filename" in options:
                self.filename = _decode_text("filename", options[b"filename"])
        self._header.clear()
        self._value.clear()

    def _headers_finished(self) -> None:
        if self._name not in FORM_FIELDS:
            detail = f"the form field {self._name!r} is unknown: {suggest_nearest(self._name, FORM_FIELDS)}"
            raise Invalid("unknown-field", detail, (Fault(self._name, "unknown-field", detail),))
        self._is_file = self._name == "file"
        if self._is_file and self.has_file:
            raise Invalid("invalid-form", "The form contains two files; send one per request")
        if self._name in self.fields:
            detail = f"the form field '{self._name}' is given twice; send it once"
            raise Invalid("invalid-form", detail, (Fault(self._name, "invalid-form", detail),))
        if not self._is_file:
            self.fields[self._name] = bytearray()
        self.has_file |= self._is_file

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            self.receiver.write(data[start:end])
            return
        value = self.fields[self._name]
        value += data[start:end]
        if len(value) > MAX_FIELD_BYTES:
            raise TooLarge("field-too-large", f"The form field {self._name!r} is larger than {MAX_FIELD_BYTES} bytes")


def _decode_text(name: str, value: bytes) -> str:
    """Raises Invalid if the value of the field `name` is not UTF-8."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        detail = f"the form's {name} is not UTF-8; send the form in UTF-8"
        raise Invalid("invalid-form", detail, (Fault(name, "invalid-form", detail),)) from None
