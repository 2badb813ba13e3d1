"""Events as CloudEvents 1.0 in JSON (https://github.com/cloudevents/spec, JSON event format)."""

from domain import exact_json
from domain.dataset.events import RecordedDatasetEvent, summarize
from projections.models.versions import describe_event
from projections.query.event_details import RecordDetails

SCHEMA_VERSION = 1
"""Of `data`; part of `dataschema`."""


def encode_cloud_event(recorded: RecordedDatasetEvent, details: RecordDetails | None) -> str:
    """The event as JSON. `source` and `id` together identify it permanently; `position` is its place in the log."""
    type_name = type(recorded.event).__name__
    dataset = f"/v1/datasets/{recorded.stream_id}"
    counts = summarize(recorded.event)
    data: dict[str, object] = {
        "summary": {"added": counts.added, "changed": counts.changed, "removed": counts.removed},
        "comment": describe_event(recorded.event),
        "correlation_id": recorded.metadata.correlation_id,
    }
    if details is not None:
        data |= {"id": details.id, "before": details.before, "after": details.after}
    return exact_json.dumps(
        {
            "specversion": "1.0",
            "id": f"{recorded.stream_id}.{recorded.version}",
            "source": dataset,
            "type": type_name,
            **({} if details is None else {"subject": f"records/{details.id}"}),
            "time": recorded.metadata.at.isoformat(),
            "datacontenttype": "application/json",
            "dataschema": f"urn:rowledger:event:{type_name}:{SCHEMA_VERSION}",
            "position": recorded.position,
            "version": recorded.version,
            "dataset": str(recorded.stream_id),
            "actor": recorded.metadata.actor,
            "data": data,
        }
    )
