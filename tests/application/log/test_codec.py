"""Stored events are permanent: each golden file is read as exactly this value, and written again unchanged."""

import dataclasses
import datetime
import json
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from application.log import codec
from application.log.codec import EventCodec, UnreadableEvent
from domain.columns import Column, ColumnType
from domain.dataset.events import (
    ChunkRef,
    ColumnsChanged,
    DatasetChanged,
    DatasetCreated,
    DatasetDeleted,
    DatasetReverted,
    Event,
    RecordChange,
    RecordCreated,
    RecordDeleted,
    RecordsChanged,
    RecordsImported,
    RecordUpdated,
    SourceFile,
)
from domain.recorded_event import EventMetadata
from domain.schema import Definition

GOLDEN = Path(__file__).parents[2] / "golden"

CODEC = EventCodec()

METADATA = EventMetadata(
    actor="ann",
    at=datetime.datetime(2024, 2, 29, 12, 30, 0, 123456, datetime.UTC),
    correlation_id="request-7",
    idempotency_key="once",
)

DEFINITION = Definition(
    name="Products",
    description="What we sell, in “quotes”",
    columns=(
        Column("sku", ColumnType.STRING, 0, required=True, unique=True),
        Column("Unit price (€)", ColumnType.DECIMAL, 1),
        Column("stock", ColumnType.INTEGER, 2),
        Column("sold", ColumnType.BOOLEAN, 3, format="yes"),
        Column("since", ColumnType.DATE, 4),
        Column("seen", ColumnType.DATETIME, 5, format=" "),
    ),
    key=(0,),
)

CREATED = DatasetCreated("default", "products", "ann", DEFINITION)

EVENTS: dict[str, Event] = {
    "DatasetCreated": CREATED,
    "RecordsImported": RecordsImported(
        import_id=UUID("0192f0c1-0000-7000-8000-000000000001"),
        job_id=UUID("0192f0c1-0000-7000-8000-000000000002"),
        mode="create",
        source=SourceFile("products.csv", 1_234_567, "ab" * 32),
        rows_read=12_003,
        first_id=1,
        accepted=12_001,
        rejected=2,
        chunks=(ChunkRef("01" * 32, 10_000), ChunkRef("02" * 32, 2_001)),
        reject_chunks=(ChunkRef("03" * 32, 2),),
        found={"delimiter": ";", "header": True},
        notes=("Cells are separated by ';'.",),
        dataset=CREATED,
        changed=3,
        removed=1,
        unchanged=7,
        change_chunks=(ChunkRef("05" * 32, 4),),
        line_chunks=(ChunkRef("06" * 32, 1),),
        columns=("sku", "Unit price (€)"),
        definition=DEFINITION,
        options={"delimiter": ";", "columns": {"sku": "string"}},
    ),
    "DatasetChanged": DatasetChanged(name="Goods", description="", renamed=((1, "price"), (2, "left"))),
    "ColumnsChanged": ColumnsChanged(
        definition=dataclasses.replace(DEFINITION, dropped=(6, 7)),
        changed=303,
        changes=(RecordChange(1, ("a", Decimal("1.10"), 1, None, None, None, None, None)),),
        chunks=(ChunkRef("07" * 32, 302),),
    ),
    "DatasetDeleted": DatasetDeleted(),
    "RecordCreated": RecordCreated(7, ("a\n“b”", Decimal("1.10"), 2**63 + 1, True, "2024-02-29", None)),
    "RecordUpdated": RecordUpdated(7, ("", Decimal("-0.50"), -(10**30), False, None, "2024-02-29T12:00:00Z")),
    "RecordDeleted": RecordDeleted(7),
    "DatasetReverted": DatasetReverted(
        to=3,
        added=1,
        changed=1,
        removed=1,
        definition=DEFINITION,
        changes=(RecordChange(1, ("a", Decimal("1E-7"), 1, None, None, None)), RecordChange(2, None)),
        chunks=(ChunkRef("04" * 32, 301),),
    ),
    "RecordsChanged": RecordsChanged(
        added=1,
        changed=300,
        removed=2,
        next_id=9,
        changes=(RecordChange(7, None), RecordChange(8, ("é", Decimal("1.10"), 2**63 + 1, True, None, None))),
        chunks=(ChunkRef("07" * 32, 301),),
    ),
}


def golden(name: str) -> bytes:
    return (GOLDEN / f"{name}.json").read_bytes().rstrip(b"\n")


@pytest.mark.parametrize("name", CODEC.event_types)
def test_every_stored_event_has_a_golden_file(name: str) -> None:
    assert name in EVENTS and golden(name)


def test_every_golden_file_is_of_a_stored_event() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(CODEC.event_types)


def test_an_import_of_before_there_were_modes_is_still_read() -> None:
    event, _ = CODEC.decode("RecordsImported", golden("older/RecordsImported"))
    newer = EVENTS["RecordsImported"]
    assert isinstance(newer, RecordsImported) and isinstance(event, RecordsImported)
    none: dict[str, Any] = {
        "change_chunks": (),
        "line_chunks": (),
        "columns": (),
        "definition": None,
        "options": None,
    }
    assert event == dataclasses.replace(newer, changed=0, removed=0, unchanged=0, **none)
    assert (event.added, event.accepted) == (12_001, 12_001)


@pytest.mark.parametrize("name", EVENTS)
def test_a_golden_file_is_read_as_this_event(name: str) -> None:
    event, metadata = CODEC.decode(name, golden(name))
    assert (event, metadata) == (EVENTS[name], METADATA)
    assert repr(event) == repr(EVENTS[name]), "1.10 must not become 1.1, nor true 1"


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_is_written_as_its_golden_file(name: str) -> None:
    assert CODEC.encode(EVENTS[name], METADATA) == golden(name)
    assert CODEC.encode(*CODEC.decode(name, golden(name))) == golden(name)


@pytest.mark.parametrize("name", EVENTS)
def test_a_golden_file_holds_every_field(name: str) -> None:
    """So a field that is renamed and has a default cannot decode to emptiness unseen."""
    event_type: Any = CODEC.event_types[name]
    assert set(json.loads(golden(name))["body"]) == set(event_type.__dataclass_fields__)


def test_fields_that_hold_their_default_are_left_out_and_come_back() -> None:
    stored = CODEC.encode(DatasetChanged(name="x"), EventMetadata("ann", METADATA.at, "c"))
    assert json.loads(stored)["body"] == {"name": "x"}
    assert "idempotency_key" not in json.loads(stored)["metadata"]
    assert CODEC.decode("DatasetChanged", stored)[0] == DatasetChanged(name="x")


def test_an_older_shape_is_lifted_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        codec,
        "UPCASTERS",
        {
            ("RecordDeleted", 1): lambda body: {"number": body["record"]},
            ("RecordDeleted", 2): lambda body: {"id": body["number"]},
        },
    )
    metadata = json.loads(golden("RecordDeleted"))["metadata"]
    for schema, body in ((1, {"record": 7}), (2, {"number": 7}), (3, {"id": 7})):
        stored = json.dumps({"schema": schema, "metadata": metadata, "body": body}).encode()
        assert CODEC.decode("RecordDeleted", stored) == (RecordDeleted(7), METADATA)
    assert json.loads(CODEC.encode(RecordDeleted(7), METADATA))["schema"] == 3
    assert json.loads(CODEC.encode(DatasetDeleted(), METADATA))["schema"] == 1


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("RecordDeleted", b"not json"),
        ("RecordDeleted", b"{}"),
        ("RecordDeleted", b"[]"),
        ("RecordDeleted", golden("RecordDeleted").replace(b'"id"', b'"idd"')),
        ("RecordDeleted", golden("RecordDeleted").replace(b'"id":7', b"")),
        ("DatasetDeleted", golden("RecordDeleted")),
        ("RecordForgotten", golden("RecordDeleted")),
    ],
    ids=[
        "no JSON",
        "empty",
        "a list",
        "an unknown field",
        "a missing field",
        "another event's body",
        "an unknown name",
    ],
)
def test_what_cannot_be_read_is_named_and_never_guessed(name: str, state: bytes) -> None:
    with pytest.raises(UnreadableEvent, match=f"'{name}'"):
        CODEC.decode(name, state)
