"""Responses to changes: the changed record, a summary, or the result of a dry run."""

from collections.abc import Mapping

from fastapi import Request, Response

from application.commands.envelope import CommandOutcome
from domain import exact_json
from domain.dataset.events import Summary
from domain.schema import map_values_by_name
from interfaces.http.requests import parse_preferences


def record_response(
    request: Request, id: int, outcome: CommandOutcome, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """The record `id` after the change. A dry run stores nothing, so its response is 200 without entity tag."""
    current = outcome.state.records[id]
    values = map_values_by_name(outcome.state.definition, current.values)
    if outcome.dry_run:
        before = outcome.before.records.get(id)
        return dry_run_response(request, outcome, {"id": id, "version": before and before.version, "values": values})
    preferences = parse_preferences(request)
    all_headers = {
        "ETag": f'"{current.version}"',
        "Rowledger-Version": str(outcome.version),
        **preferences.applied,
        **(headers or {}),
    }
    if preferences.minimal:
        return Response(None, 204 if status == 200 else status, all_headers)
    body = exact_json.dumps({"id": id, "version": current.version, "values": values})
    return Response(body, status, all_headers, "application/json")


def removed_response(request: Request, outcome: CommandOutcome) -> Response:
    """The response to a removal: 204, or the counts of a dry run."""
    if outcome.dry_run:
        return dry_run_response(request, outcome, outcome_counts(outcome))
    return Response(None, 204, {"Rowledger-Version": str(outcome.version), **parse_preferences(request).applied})


def summary_response(request: Request, outcome: CommandOutcome, more: Mapping[str, object] | None = None) -> Response:
    """The version and its counts of changed records, and `more` unless `return=minimal` is preferred."""
    preferences = parse_preferences(request)
    body = {**outcome_counts(outcome), **({} if preferences.minimal else more or {})}
    if outcome.dry_run:
        return dry_run_response(request, outcome, body)
    headers = {"ETag": f'"{outcome.version}"', "Rowledger-Version": str(outcome.version), **preferences.applied}
    return Response(exact_json.dumps(body), 200, headers, "application/json")


def dry_run_response(request: Request, outcome: CommandOutcome, body: Mapping[str, object]) -> Response:
    headers = {"Rowledger-Version": str(outcome.version), **parse_preferences(request).applied}
    return Response(exact_json.dumps({**body, "dry_run": True}), 200, headers, "application/json")


def outcome_counts(outcome: CommandOutcome) -> dict[str, object]:
    return {"version": outcome.version, "summary": summary_counts(outcome.summary)}


def summary_counts(given: Summary) -> dict[str, int]:
    return {"added": given.added, "changed": given.changed, "removed": given.removed}
