"""The stored form of events: a name of ours and small JSON, `{"schema": 1, "metadata": {…}, "body": {…}}`.

The stored name is never a Python path, so code can be moved. `schema` is the version of an event's body: an older
body is converted by its upcasters before it is read.
"""

import dataclasses
import datetime
import types
import typing
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any
from uuid import UUID

import orjson

from domain import exact_json
from domain.aggregate import AnyAggregate
from domain.all_aggregates import AGGREGATES
from domain.recorded_event import EventMetadata

T = typing.TypeVar("T")
EventBody = dict[str, Any]

UPCASTERS: Mapping[tuple[str, int], Callable[[EventBody], EventBody]] = {}
"""(stored name, schema) → the function that converts a body of that schema to the next."""


class UnreadableEvent(Exception):
    """A stored event has a name or a body that this version of the program cannot read."""


class EventCodec:
    """Encodes and decodes the events of all `aggregates` under their stored names.

    Raises ValueError if two aggregates have the same event or stored name.
    """

    def __init__(self, aggregates: Iterable[AnyAggregate] = AGGREGATES) -> None:
        pairs = [pair for aggregate in aggregates for pair in aggregate.stored_names.items()]
        self.event_types: Mapping[str, type] = dict(pairs)
        self._names = {event_type: name for name, event_type in pairs}
        if not len(self.event_types) == len(self._names) == len(pairs):
            repeated = sorted({name for name, count in Counter(name for name, _ in pairs).items() if count > 1})
            raise ValueError(f"two aggregates have the same event or stored name: {repeated or pairs}")

    def stored_name(self, event: object) -> str:
        return self._names[type(event)]

    def encode(self, event: object, metadata: EventMetadata) -> bytes:
        """The event and its metadata as UTF-8 JSON."""
        schema = 1 + sum(name == self.stored_name(event) for name, _ in UPCASTERS)
        header = {"schema": schema, "metadata": to_json(metadata), "body": to_json(event)}
        try:
            return orjson.dumps(header, default=_encode_decimal)
        except orjson.JSONEncodeError:  # an integer of more than 64 bits
            return exact_json.dumps(header).encode()

    def decode(self, name: str, state: bytes) -> tuple[object, EventMetadata]:
        """The event stored under `name`. Raises UnreadableEvent with the reason."""
        try:
            stored = exact_json.loads(state)
            body, schema = stored["body"], stored["schema"]
            while upcast := UPCASTERS.get((name, schema)):
                body, schema = upcast(body), schema + 1
            return from_json(self.event_types[name], body), from_json(EventMetadata, stored["metadata"])
        except (ValueError, KeyError, TypeError) as error:
            raise UnreadableEvent(f"the stored event {name!r} cannot be read: {error!r}") from error


def to_json(value: object) -> object:
    """Plain JSON values of a dataclass; fields with their default value are omitted."""
    match value:
        case UUID():
            return str(value)
        case datetime.datetime():
            return value.isoformat()
        case Enum():
            return value.value
        case tuple() | list():
            return [to_json(item) for item in value]
        case Mapping():
            return {name: to_json(item) for name, item in value.items()}
    if dataclasses.is_dataclass(value):
        fields = ((f, getattr(value, f.name)) for f in dataclasses.fields(value))
        return {f.name: to_json(item) for f, item in fields if not _is_default(f, item)}
    return value


def from_json(wanted: type[T], data: Any) -> T:
    """A value of type `wanted` from plain JSON. Raises KeyError, TypeError or ValueError if it does not fit."""
    return typing.cast(T, _build(wanted, data))


def _encode_decimal(value: object) -> orjson.Fragment:
    """A Decimal with exact digits. (Reading uses `exact_json`, because orjson would make 1.10 a float.)"""
    return orjson.Fragment(exact_json.dumps(value))


def _is_default(field: "dataclasses.Field[Any]", value: object) -> bool:
    if field.default_factory is not dataclasses.MISSING:
        return bool(value == field.default_factory())
    return field.default is not dataclasses.MISSING and bool(value == field.default)


def _build(wanted: Any, data: Any) -> Any:
    origin, arguments = typing.get_origin(wanted), typing.get_args(wanted)
    if dataclasses.is_dataclass(wanted):
        return _build_dataclass(typing.cast(type, wanted), data)
    if origin is tuple:
        if arguments[-1] is Ellipsis:
            return tuple([_build(arguments[0], item) for item in data])
        return tuple(_build(kind, item) for kind, item in zip(arguments, data, strict=True))
    if origin in (typing.Union, types.UnionType):
        kinds = [kind for kind in arguments if kind is not type(None)]
        return data if data is None or len(kinds) > 1 else _build(kinds[0], data)
    if wanted is UUID:
        return UUID(data)
    if wanted is datetime.datetime:
        return datetime.datetime.fromisoformat(data)
    if isinstance(wanted, type) and issubclass(wanted, Enum):
        return wanted(data)
    return data


def _build_dataclass(wanted: type, data: EventBody) -> Any:
    hints = _hints(wanted)
    if unknown := data.keys() - hints.keys():
        raise KeyError(f"{wanted.__name__} has no {', '.join(sorted(unknown))}")
    return wanted(**{name: _build(hints[name], item) for name, item in data.items()})


_HINTS: dict[type, dict[str, Any]] = {}


def _hints(wanted: type) -> dict[str, Any]:
    if wanted not in _HINTS:
        _HINTS[wanted] = typing.get_type_hints(wanted)
    return _HINTS[wanted]
