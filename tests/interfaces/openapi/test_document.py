"""The OpenAPI document describes every route completely."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import httpx
import pytest
from jsonschema_rs import Draft202012Validator, meta

from application.settings import ServiceLimits
from interfaces.http.openapi import schemas
from interfaces.http.problems import MEDIA_TYPE
from interfaces.services.json_types import RecordJson
from interfaces.services.wiring import Service
from tests.given import json_of, serve_http

Document = Mapping[str, Any]
Operation = tuple[str, Mapping[str, Any]]

WITHOUT_CONTENT = {
    "readUploadFeatures": {"204"},
    "createUpload": {"201"},
    "readUploadOffset": {"200"},
    "extendUpload": {"204"},
    "deleteUpload": {"204"},
}
"""The successful answers of resumable uploads consist of headers."""


@pytest.fixture(scope="module")
def document(client: httpx.Client) -> Document:
    found: Document = client.get("/openapi.json").json()
    return found


def operations(document: Document) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_every_operation_has_a_name_a_tag_and_a_summary(document: Document) -> None:
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(names) == len(set(names)) > 50
    assert all(re.fullmatch(r"[a-z]+([A-Z][a-z]*)*", name) and len(name) <= 24 for name in names), names
    assert {"listDatasets", "updateRecord", "changeRecords", "importFile", "readRecordHistory"} < set(names)
    tags = {tag["name"] for tag in document["tags"]}
    for name, operation in operations(document):
        assert set(operation["tags"]) <= tags and len(operation["tags"]) == 1, name
        assert operation["summary"], name


def test_every_answer_has_a_schema(document: Document) -> None:
    for name, operation in operations(document):
        successes = {status: one for status, one in operation["responses"].items() if status.startswith("2")}
        assert successes, name
        for status, response in successes.items():
            assert response["description"] != "Successful Response", (name, status)
            empty = status == "204" or status in WITHOUT_CONTENT.get(operation["operationId"], ())
            assert bool(response.get("content")) is not empty, (name, status)
            assert all(content["schema"] for content in response.get("content", {}).values()), (name, status)


def test_every_refusal_is_a_problem_document(document: Document) -> None:
    for name, operation in operations(document):
        refusals = {status: one for status, one in operation["responses"].items() if status >= "4"}
        assert {"400", "404", "421", "500", "503"} <= refusals.keys(), name
        for status, response in refusals.items():
            (content,) = response["content"].items()
            assert content == (MEDIA_TYPE, {"schema": {"$ref": f"#/components/schemas/Problem{status}"}}), name
            codes = re.findall(r"`([a-z-]+)`", response["description"])
            types = document["components"]["schemas"][f"Problem{status}"]["properties"]["type"]["enum"]
            assert codes and {f"/problems/{code}" for code in codes} <= set(types), (name, status)


def test_every_body_and_parameter_has_a_schema(document: Document) -> None:
    for name, operation in operations(document):
        if name.split()[0] in ("PUT", "PATCH"):
            assert "requestBody" in operation, name
        for content in operation.get("requestBody", {}).get("content", {}).values():
            assert content["schema"], name
        for parameter in operation.get("parameters", []):
            assert parameter["description"] and parameter["schema"], (name, parameter["name"])
            assert "null" not in str(parameter["schema"].get("anyOf")), (name, parameter["name"])


def test_headers_follow_from_what_a_route_does(document: Document) -> None:
    described = dict(operations(document))
    for name, operation in described.items():
        parameters = {one["name"] for one in operation.get("parameters", []) if one["in"] == "header"}
        assert ("Idempotency-Key" in parameters) is name.startswith(("POST", "PATCH")), name
        assert ("If-None-Match" in parameters) is ("304" in operation["responses"]) or name.startswith("PUT"), name
        assert ({"Range", "If-Range"} <= parameters) is ("206" in operation["responses"]), name
        assert ("If-Match" in parameters) is ("invalid-if-match" in operation["responses"]["400"]["description"]), (
            name
        )
    created = described["POST /v1/datasets/{dataset}/records"]["responses"]["201"]["headers"]
    assert {"Location", "ETag", "Preference-Applied", "Idempotency-Replayed"} <= created.keys()
    busy = described["PATCH /v1/datasets/{dataset}/records/{id}"]["responses"]["409"]
    assert "Retry-After" in busy["headers"]
    assert "Link" in described["GET /v1/datasets/{dataset}/records"]["responses"]["200"]["headers"]


def test_every_reference_is_to_a_schema(document: Document) -> None:
    found = set(re.findall(r"'\$ref': '#/components/schemas/(\w+)'", str(document)))
    assert found == set(document["components"]["schemas"])


def validator(document: Document, schema: Mapping[str, Any]) -> Draft202012Validator:
    return Draft202012Validator({**schema, "components": document["components"]})


def test_every_schema_is_valid(document: Document) -> None:
    for schema in document["components"]["schemas"].values():
        meta.validate(schema)


def test_every_example_fits_its_schema(document: Document) -> None:
    number = 0
    for name, operation in operations(document):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            for example in content.get("examples", {}).values():
                errors = list(validator(document, content["schema"]).iter_errors(example["value"]))
                assert errors == [], name
                number += 1
        for parameter in operation.get("parameters", []):
            given = [parameter["example"]] if "example" in parameter else parameter["schema"].get("examples", [])
            for example in given:
                value = int(example) if parameter["schema"]["type"] == "integer" else example
                assert list(validator(document, parameter["schema"]).iter_errors(value)) == [], (name, example)
                number += 1
    assert number > 60


def test_a_body_takes_no_unknown_member(document: Document) -> None:
    for name in (
        "NewDataset",
        "NewColumn",
        "DatasetChange",
        "ColumnChange",
        "ValuesBody",
        "RecordQuery",
        "ExportBody",
    ):
        assert document["components"]["schemas"][name]["additionalProperties"] is False, name
    assert "additionalProperties" not in document["components"]["schemas"]["Record"]


def test_names_of_schemas_are_unique() -> None:
    other = type("RecordJson", (), {})
    schemas.schema_of(RecordJson)
    with pytest.raises(schemas.SchemaNameTaken):
        schemas.schema_of(other)
    with pytest.raises(schemas.SchemaNameTaken):
        schemas.written_schema("FileOptions", {"type": "string"})


def test_limits_and_servers_come_from_the_settings(service: Service, document: Document) -> None:
    limits = ServiceLimits(columns=7, filter_length=99, batch_operations=3)
    settings = replace(service.settings, limits=limits, public_url="https://data.example.com/x")
    with serve_http(replace(service, settings=settings)) as address:
        changed = json_of(httpx.get(f"{address}/openapi.json"))
    assert changed["servers"] == [{"url": "https://data.example.com/x"}]
    found = changed["components"]["schemas"]
    assert found["NewDataset"]["properties"]["columns"]["maxItems"] == 7
    assert found["Batch"]["properties"]["operations"]["maxItems"] == 3
    parameters = changed["paths"]["/v1/datasets/{dataset}/records"]["get"]["parameters"]
    assert next(one for one in parameters if one["name"] == "filter")["schema"]["maxLength"] == 99
    assert document["components"]["schemas"]["Batch"]["properties"]["operations"]["maxItems"] == 10_000
    assert not re.search(r"'x-[a-z]+'", str(document))


def test_the_server_is_the_one_that_was_asked(client: httpx.Client, document: Document) -> None:
    assert document["servers"] == [{"url": str(client.base_url).rstrip("/")}]


def test_odata_has_a_description_of_its_own(document: Document) -> None:
    assert not any(path.startswith("/odata") for path in document["paths"])
