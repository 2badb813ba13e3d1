"""Negotiation: the preferred JSON format, the protocol version, and cache headers."""

import httpx
import pytest

from tests.given import Dataset, create_people, json_of
from tests.interfaces.odata.odata_requests import entity_set_name, error_object, get, get_json

POWER_QUERY = {
    "User-Agent": "Microsoft.Data.Mashup (https://go.microsoft.com/fwlink/?LinkID=304225)",
    "Accept": "application/json;odata.metadata=minimal;q=1.0,application/json;odata=minimalmetadata;q=0.9,"
    "application/atomsvc+xml;q=0.8,application/atom+xml;q=0.8,application/xml;q=0.7,text/plain;q=0.7",
    "OData-MaxVersion": "4.0",
    "MaxDataServiceVersion": "3.0",
    "Accept-Encoding": "gzip, deflate",
}
"""What Excel and Power BI send."""

MINIMAL = "application/json;odata.metadata=minimal"


@pytest.fixture(scope="module")
def dataset(client: httpx.Client) -> Dataset:
    return create_people(client, 30, None)


@pytest.fixture(scope="module")
def path(dataset: Dataset) -> str:
    return entity_set_name(dataset)


def test_power_query_gets_what_it_needs(client: httpx.Client, path: str) -> None:
    """As Power Query goes: the service document, the metadata, and then the rows it wants."""
    document = get(client, "", POWER_QUERY)
    assert document.headers["content-type"] == MINIMAL
    assert path in [each["url"] for each in document.json()["value"]]
    metadata = client.get(document.json()["@odata.context"], headers=POWER_QUERY)
    assert metadata.headers["content-type"] == "application/xml"
    assert metadata.headers.get_list("odata-version") == ["4.0"]
    assert metadata.text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<edmx:Edmx ')
    rows = get(client, path, POWER_QUERY, filter="age gt 10", select="_id,age", top=1000)
    assert rows.headers["content-type"] == MINIMAL
    assert rows.json()["value"] == [{"_id": 1, "age": 30}]
    assert get(client, f"{path}/$count", POWER_QUERY).text == "2"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, MINIMAL),
        ("", MINIMAL),
        ("*/*", MINIMAL),
        ("application/*;q=0.1", MINIMAL),
        ("application/json", MINIMAL),
        ("application/json;odata=verbose", MINIMAL),
        ("application/json; odata.metadata=full", "application/json;odata.metadata=full"),
        ("application/json;metadata=none", "application/json;odata.metadata=none"),
        ("application/xml, application/json;q=0.1", MINIMAL),
        ("*/*;q=0.1, application/json;odata.metadata=none;q=0.5", "application/json;odata.metadata=none"),
        ("application/json;odata.metadata=full;q=0.2, application/json;odata.metadata=none", MINIMAL[:-7] + "none"),
        ('application/json;odata.metadata="minimal";odata.streaming=true;charset="UTF-8"', MINIMAL),
        ("application/json;IEEE754Compatible=true", MINIMAL + ";IEEE754Compatible=true"),
    ],
)
def test_the_preferred_json_format_is_returned(
    client: httpx.Client, path: str, accept: str | None, kind: str
) -> None:
    headers = {} if accept is None else {"Accept": accept}
    bare = httpx.Request("GET", f"{str(client.base_url).rstrip('/')}/odata/{path}", headers=headers)
    assert client.send(bare).headers["content-type"] == kind


@pytest.mark.parametrize(
    "accept", ["application/atom+xml", "application/json;q=0", "application/json;odata.metadata=most", "text/html"]
)
def test_an_unsupported_format_is_refused(client: httpx.Client, path: str, accept: str) -> None:
    assert error_object(get(client, path, {"Accept": accept}), 406)["target"] == "Accept"
    assert error_object(get(client, "", {"Accept": accept}), 406)["target"] == "Accept"


def test_format_overrides_accept(client: httpx.Client, path: str) -> None:
    atom = {"Accept": "application/atom+xml"}
    assert get(client, path, atom, format="json").headers["content-type"] == MINIMAL
    full = get(client, path, atom, format="application/json;odata.metadata=full")
    assert full.headers["content-type"] == "application/json;odata.metadata=full"
    assert error_object(get(client, path, format="atom"), 406)["target"] == "$format"
    link = get_json(client, path, {"Prefer": "maxpagesize=1"}, format="application/json;odata.metadata=none")
    assert "odata.metadata=none" in client.get(link["@odata.nextLink"]).headers["content-type"]


def test_metadata_is_xml_whatever_is_accepted(client: httpx.Client) -> None:
    assert get(client, "$metadata", {"Accept": "application/json"}).headers["content-type"] == "application/xml"


@pytest.mark.parametrize(("version", "status"), [("4.0", 200), ("4.01", 200), ("5.0", 200), ("3.0", 400), ("x", 400)])
def test_clients_of_older_versions_are_refused(client: httpx.Client, path: str, version: str, status: int) -> None:
    for place in ("", "$metadata", path, f"{path}(1)", f"{path}/$count"):
        answer = get(client, place, {"OData-MaxVersion": version})
        assert answer.status_code == status
        assert status == 200 or error_object(answer, 400)["target"] == "OData-MaxVersion"


def test_head_returns_only_headers(client: httpx.Client, path: str) -> None:
    for place in ("", "$metadata", path, f"{path}(1)", f"{path}/$count"):
        answer = client.head(f"/odata/{place}")
        assert (answer.status_code, answer.text, answer.headers["odata-version"]) == (200, "", "4.0")


def test_what_depends_on_the_time_of_the_request_is_not_cached(client: httpx.Client) -> None:
    name = entity_set_name(create_people(client, 30, 40))
    for place in (name, f"{name}/$count", f"@2/{name}", f"@2/{name}/$count"):
        answer = get(client, place, filter="date(Now ( )) gt 2000-01-01")
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "private, no-cache")
        assert "etag" not in answer.headers
        tag = get(client, place).headers["etag"]
        again = get(client, place, {"If-None-Match": f"{tag}, *"}, filter="date(now()) gt 2000-01-01")
        assert again.status_code == 200 and again.text
    page = get(client, name, {"Prefer": "maxpagesize=1"}, filter="date(now()) gt 2000-01-01")
    following = client.get(page.json()["@odata.nextLink"])
    assert [each["_id"] for each in following.json()["value"]] == [2] and "etag" in following.headers


def test_what_a_client_has_is_not_sent_again(client: httpx.Client) -> None:
    dataset = create_people(client, 30)
    name = entity_set_name(dataset)
    for place in (name, f"{name}(1)", f"{name}/$count"):
        first = get(client, place)
        assert first.headers["cache-control"] == "private, no-cache"
        again = get(client, place, {"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.text) == (304, "")
        assert get(client, f"@2/{place}").headers["cache-control"] == "private, max-age=31536000, immutable"
    tag = get(client, name).headers["etag"]
    assert get(client, name, {"If-None-Match": tag, "Accept": f"{MINIMAL};IEEE754Compatible=true"}).status_code == 200
    assert get(client, name, {"If-None-Match": tag, "Prefer": "maxpagesize=1"}).status_code == 200
    dataset.create(name="p2")
    assert len(json_of(get(client, name, {"If-None-Match": tag}))["value"]) == 2
