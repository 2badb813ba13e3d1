"""Every type of event is documented with its fields, and the feed's and the audit's members."""

import datetime
import json
import re
from dataclasses import fields
from uuid import UUID

from domain.all_aggregates import AGGREGATES
from domain.dataset.events import RecordDeleted
from domain.recorded_event import EventMetadata, RecordedEvent
from interfaces.rest.feed.cloud_events import encode_cloud_event
from projections.query.event_details import RecordDetails
from tests.docs.pages import names_in, read_page, read_rows

PAGE = "docs/reference/events.md"


def test_every_event_is_documented_with_its_fields() -> None:
    events = {name: kind for aggregate in AGGREGATES for name, kind in aggregate.stored_names.items()}
    documented = {names_in(name)[0]: names_in(columns) for name, _, columns in read_rows(PAGE, "## Types")}
    assert documented == {name: [one.name for one in fields(kind)] for name, kind in events.items()}


def test_the_metadata_of_events_are_documented() -> None:
    sentence = re.search(r"The metadata\s+are ([^.]*)\.", read_page(PAGE))
    assert sentence is not None and names_in(sentence[1]) == [one.name for one in fields(EventMetadata)]


def test_the_members_of_the_feed_are_documented() -> None:
    at = datetime.datetime(2026, 1, 31, tzinfo=datetime.UTC)
    recorded = RecordedEvent(UUID(int=1), 3, 7, RecordDeleted(5), EventMetadata("local", at, "x"))
    event = json.loads(encode_cloud_event(recorded, RecordDetails(5, {}, None)))
    rows = [row for row in read_rows(PAGE, "## The feed") if len(row) == 2]
    members = {names_in(name)[0]: value for name, value in rows}
    assert set(event) == set(members) - {"after", "limit"}
    assert set(event["data"]) <= set(names_in(members["data"]))
