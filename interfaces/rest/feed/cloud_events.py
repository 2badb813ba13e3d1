"""Events as CloudEvents 1.0 in JSON (https://github.com/cloudevents/spec, JSON event format)."""

from typing import Annotated, Literal, NotRequired

from typing_extensions import TypedDict

from domain import exact_json
from domain.dataset.events import RecordedDatasetEvent, summarize
from interfaces.services.json_types import Keywords, SummaryJson, Timestamp, Uuid, ValuesJson
from projections.models.versions import describe_event
from projections.query.event_details import RecordDetails

SCHEMA_VERSION = 1
"""Of `data`; part of `dataschema`."""


class EventDataJson(TypedDict):
    """`id`, `before` and `after` are those of the record, if the event is about one."""

    summary: SummaryJson
    comment: str | None
    correlation_id: str
    id: NotRequired[int]
    before: NotRequired[ValuesJson | None]
    after: NotRequired[ValuesJson | None]


class CloudEventJson(TypedDict):
    """A CloudEvent 1.0 (https://cloudevents.io)."""

    specversion: Literal["1.0"]
    id: str
    source: str
    type: str
    subject: NotRequired[str]
    time: Timestamp
    datacontenttype: Literal["application/json"]
    dataschema: str
    position: Annotated[int, Keywords("the event's place in the log")]
    version: int
    dataset: Uuid
    actor: str
    data: EventDataJson


def encode_cloud_event(recorded: RecordedDatasetEvent, details: RecordDetails | None) -> str:
    """The event as JSON. `source` and `id` together identify it permanently; `position` is its place in the log."""
    type_name = type(recorded.event).__name__
    dataset = f"/v1/datasets/{recorded.stream_id}"
    counts = summarize(recorded.event)
    data: EventDataJson = {
        "summary": {"added": counts.added, "changed": counts.changed, "removed": counts.removed},
        "comment": describe_event(recorded.event),
        "correlation_id": recorded.metadata.correlation_id,
    }
    event: CloudEventJson = {
        "specversion": "1.0",
        "id": f"{recorded.stream_id}.{recorded.version}",
        "source": dataset,
        "type": type_name,
        "time": recorded.metadata.at.isoformat(),
        "datacontenttype": "application/json",
        "dataschema": f"urn:rowledger:event:{type_name}:{SCHEMA_VERSION}",
        "position": recorded.position,
        "version": recorded.version,
        "dataset": str(recorded.stream_id),
        "actor": recorded.metadata.actor,
        "data": data,
    }
    if details is not None:
        event["subject"] = f"records/{details.id}"
        data["id"], data["before"], data["after"] = details.id, details.before, details.after
    return exact_json.dumps(event)
