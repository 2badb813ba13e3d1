"""Stores which chunks an event refers to when it is appended. A chunk without a reference is orphaned.

The references are found in the fields of any event class; its type hints determine once which fields can hold any.
"""

import dataclasses
import typing
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg import Cursor

from application.log import chunks
from domain.dataset.events import ChunkRef


def store_references(cursor: "Cursor[Any]", events: Sequence[tuple[UUID, int, object]]) -> None:
    """Store the references of the events (stream, version, event), in the transaction that appends them."""
    chunks.store_references(
        cursor, [(stream_id, chunk, version) for stream_id, version, event in events for chunk in find_chunks(event)]
    )


def find_chunks(event: object) -> Iterator[ChunkRef]:
    """The chunks that a dataclass refers to, in any of its fields."""
    for name in _chunk_fields(type(event)):
        yield from _find_in_value(getattr(event, name))


def _find_in_value(value: object) -> Iterator[ChunkRef]:
    if isinstance(value, ChunkRef):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _find_in_value(item)
    elif isinstance(value, Mapping):
        yield from _find_in_value(list(value.values()))
    elif dataclasses.is_dataclass(value):
        yield from find_chunks(value)


_FIELDS: dict[type, tuple[str, ...]] = {}


def _chunk_fields(kind: type) -> tuple[str, ...]:
    """The fields of a dataclass that can hold a reference to a chunk."""
    if kind not in _FIELDS:
        hints = typing.get_type_hints(kind)
        _FIELDS[kind] = tuple(name for name, hint in hints.items() if _can_hold_chunk(hint, (kind,)))
    return _FIELDS[kind]


def _can_hold_chunk(hint: Any, within: tuple[type, ...]) -> bool:
    if hint is ChunkRef:
        return True
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        inner = typing.get_type_hints(hint).values() if hint not in within else ()
        return any(_can_hold_chunk(one, (*within, hint)) for one in inner)
    return any(_can_hold_chunk(one, within) for one in typing.get_args(hint))
