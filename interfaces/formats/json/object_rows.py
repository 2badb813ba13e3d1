"""Reads the rows of an object that contains no array of them: rows by key, pandas' orients, or a single row.

- An object whose values are objects of like shape: each is a row, and its key is the first column. This includes the
  orient `index` of pandas. Such an object is read in pieces.
- The orient `split` (and `tight`): `columns`, `data`, and `index`, which becomes a column if it is not 0, 1, 2 …
- The orients `columns` (an object by row label for each column) and `list` (an array for each column).
- Any other object is one row.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import chain

import msgspec
import orjson

from domain.errors import Invalid
from domain.schema import unique_names
from interfaces.formats.json.rows import JsonRows, open_json_rows
from interfaces.formats.json.scanning.members import Member, read_members, split_array
from interfaces.formats.json.scanning.window import JsonWindow
from interfaces.formats.json.shapes import ArrayShape, ObjectShape, check_column_count
from interfaces.formats.source import InputFile

RowsAndNotes = tuple[JsonRows, tuple[str, ...]]
Columns = Mapping[str, Mapping[str, bytes]]
"""The values of each column by row label."""

_SAMPLE_MEMBERS = 200
_SAMPLE_BYTES = 1 << 20
_BATCH_MEMBERS = 1_000
_SPLIT_NAMES = {"columns", "data", "index", "index_names", "column_names"}
_KEY_NAME = "key"
_decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_array = msgspec.json.Decoder(list[msgspec.Raw]).decode
_INVALID = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)


def read_object(source: InputFile, window: JsonWindow, longest: int, stack: ExitStack) -> RowsAndNotes:
    """The rows of the object at the window's position. Only rows by key may be longer than `longest` bytes together.

    Raises Invalid.
    """
    window.peek()
    line = window.line
    members = read_members(window)
    head = _read_head(members)
    rows = [row for member in head if (row := _object_of(member)) is not None]
    by_label = _columns_by_label(head)
    is_keyed = len(head) > 1 and len(rows) == len(head) and _are_alike(rows)
    if is_keyed and not (by_label and _is_column_orient(by_label)):
        return _read_keyed(source, chain(head, members), rows, stack)
    head += _read_rest(members, longest - sum(len(member.value) for member in head), line)
    if (split := _read_split(source, head, stack)) is not None:
        return split
    columns = _columns_by_label(head) or _columns_by_array(head)
    if columns and (by_label is None or _is_column_orient(columns)):
        return _read_columns(source, columns, line, stack)
    element = b"{" + b",".join(orjson.dumps(member.name) + b":" + member.value for member in head) + b"}"
    single = stack.enter_context(open_json_rows(source, ObjectShape(source.limits.columns)))
    single.add([element], [line])
    return single, ("The file is a single object, read as one row.",)


def _read_head(members: Iterator[Member]) -> list[Member]:
    """Some members at the beginning: all of a small object."""
    head: list[Member] = []
    size = 0
    for member in members:
        head.append(member)
        size += len(member.value)
        if len(head) == _SAMPLE_MEMBERS or size > _SAMPLE_BYTES:
            break
    return head


def _read_rest(members: Iterator[Member], room: int, line: int) -> list[Member]:
    """The other members. Raises Invalid if they have more than `room` bytes; the object begins in `line`."""
    rest = []
    for member in members:
        rest.append(member)
        room -= len(member.value)
        if room < 0:
            detail = (
                f"The object that begins in line {line:,} is too long for one row, and its values are not rows; "
                'set options.rows to where the rows are, for example "/data".'
            )
            raise Invalid("line-too-long", detail)
    return rest


def _object_of(member: Member) -> dict[str, msgspec.Raw] | None:
    try:
        return _decode_object(member.value) if member.value[:1] == b"{" else None
    except _INVALID:
        return None


def _are_alike(rows: Sequence[Mapping[str, object]]) -> bool:
    """Whether objects have the same names, by and large: those in most of them are most of the names of each."""
    counts: dict[str, int] = {}
    for row in rows:
        for name in row:
            counts[name] = counts.get(name, 0) + 1
    usual = {name for name, count in counts.items() if 2 * count > len(rows)}
    return bool(usual) and all(
        2 * len(usual & row.keys()) > len(row) and 2 * len(usual & row.keys()) >= len(usual) for row in rows
    )


def _read_keyed(
    source: InputFile, members: Iterator[Member], sample: Sequence[Mapping[str, object]], stack: ExitStack
) -> RowsAndNotes:
    key = next(name for name in (_KEY_NAME, f"_{_KEY_NAME}", "") if not any(name in row for row in sample))
    rows = stack.enter_context(open_json_rows(source, ObjectShape(source.limits.columns)))
    batch: list[Member] = []
    for member in members:
        batch.append(member)
        if len(batch) == _BATCH_MEMBERS:
            _add_keyed(rows, key, batch)
            batch = []
    if batch:
        _add_keyed(rows, key, batch)
    return rows, (f"Each member of the object is a row; its name is in the column {key!r}.",)


def _add_keyed(rows: JsonRows, key: str, members: Sequence[Member]) -> None:
    rows.add([_keyed_element(key, member) for member in members], [member.line for member in members])


def _keyed_element(key: str, member: Member) -> bytes:
    """The member's object with its name as the first value; a value of another kind stays as it is."""
    if member.value[:1] != b"{":
        return member.value
    rest = member.value[1:].lstrip(b" \t\r\n")
    comma = b"" if rest[:1] == b"}" else b","
    return b"{" + orjson.dumps(key) + b":" + orjson.dumps(member.name) + comma + rest


def _read_split(source: InputFile, members: Sequence[Member], stack: ExitStack) -> RowsAndNotes | None:
    """The rows of pandas' orient `split` or `tight`; None if the object is neither."""
    by_name = {member.name: member for member in members}
    if not {"columns", "data"} <= by_name.keys() <= _SPLIT_NAMES or len(by_name) < len(members):
        return None
    names = _scalars(by_name["columns"].value)
    data = by_name["data"]
    if names is None or data.value[:1] != b"[":
        return None
    elements, lines = split_array(data.value, data.line)
    if any(element[:1] != b"[" for element in elements):
        return None
    labels = _scalars(by_name["index"].value) if "index" in by_name else None
    if labels is not None and len(labels) == len(elements) and not _is_range(labels):
        names = [b'"index"', *names]
        elements = [_with_first(label, element) for label, element in zip(labels, elements, strict=True)]
    rows = _open_array_rows(source, [_text_of(name) for name in names], stack)
    rows.add(elements, lines)
    return rows, ("The rows are under 'data', the names of their columns under 'columns' (orient split of pandas).",)


def _with_first(label: bytes, element: bytes) -> bytes:
    rest = element[1:].lstrip(b" \t\r\n")
    return b"[" + label + (b"" if rest[:1] == b"]" else b",") + rest


def _columns_by_label(members: Sequence[Member]) -> Columns | None:
    """The object's members as columns by row label; None if they have different labels or are no objects."""
    columns: dict[str, dict[str, bytes]] = {}
    for member in members:
        values = _object_of(member)
        if not values:
            return None
        columns[member.name] = {label: bytes(value) for label, value in values.items()}
        if len(columns) > 1 and values.keys() != next(iter(columns.values())).keys():
            return None
    return columns if len(columns) == len(members) and columns else None


def _columns_by_array(members: Sequence[Member]) -> Columns | None:
    """The object's members as columns; None if they are not at least two arrays of scalars of equal length."""
    columns: dict[str, dict[str, bytes]] = {}
    for member in members:
        values = _scalars(member.value)
        if values is None or len(values) < 2:
            return None
        columns[member.name] = {str(at): value for at, value in enumerate(values)}
    lengths = {len(values) for values in columns.values()}
    return columns if 1 < len(columns) == len(members) and len(lengths) == 1 else None


def _is_column_orient(columns: Columns) -> bool:
    """Whether the outer names are columns: the inner ones are 0, 1, 2 …, or only then the types of columns agree."""
    labels = list(next(iter(columns.values())))
    if _is_range([label.encode() for label in labels]):
        return True
    by_column = all(len(set(map(_kind_of, values.values())) - {""}) <= 1 for values in columns.values())
    by_label = all(len({_kind_of(values[label]) for values in columns.values()} - {""}) <= 1 for label in labels)
    return by_column and not by_label


def _read_columns(source: InputFile, columns: Columns, line: int, stack: ExitStack) -> RowsAndNotes:
    labels = list(next(iter(columns.values())))
    has_labels = not _is_range([label.encode() for label in labels])
    names = [*([_KEY_NAME] if has_labels else []), *columns]
    rows = _open_array_rows(source, names, stack)
    elements = []
    for label in labels:
        values = [values[label] for values in columns.values()]
        elements.append(b"[" + b",".join([*([orjson.dumps(label)] if has_labels else []), *values]) + b"]")
    rows.add(elements, [line] * len(elements))
    return rows, ("Each member of the object is a column (orient columns of pandas).",)


def _open_array_rows(source: InputFile, names: Sequence[str], stack: ExitStack) -> JsonRows:
    check_column_count(len(names), source.limits.columns)
    return stack.enter_context(open_json_rows(source, ArrayShape(list(unique_names(names)))))


def _scalars(value: bytes) -> list[bytes] | None:
    """The values of an array, if none of them is an array or object; else None."""
    if value[:1] != b"[":
        return None
    try:
        values = [bytes(item) for item in _decode_array(value)]
    except _INVALID:
        return None
    return None if any(item[:1] in (b"[", b"{") for item in values) else values


def _is_range(labels: Sequence[bytes]) -> bool:
    return all(label == str(at).encode() for at, label in enumerate(labels))


def _kind_of(value: bytes) -> str:
    """The kind of a value by its first character; empty for null."""
    first = value[:1].decode(errors="replace")
    return "" if first == "n" else "1" if first in "-0123456789" else "t" if first in "tf" else first


def _text_of(value: bytes) -> str:
    return str(msgspec.json.decode(value)) if value[:1] == b'"' else value.decode()
