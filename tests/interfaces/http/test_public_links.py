"""Behind a proxy, links have the address that the client used."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from application.settings import BadSetting, read_settings
from interfaces.http.middleware.proxies import TrustedProxies
from interfaces.services.wiring import Service
from tests.given import Dataset, code, create_people, json_of, serve_http
from tests.interfaces.odata.odata_requests import entity_set_name

PUBLIC = "https://data.example.com/rowledger"


@contextmanager
def with_settings(service: Service, **settings: Any) -> Iterator[httpx.Client]:
    changed = replace(service, settings=replace(service.settings, **settings))
    with serve_http(changed) as address, httpx.Client(base_url=address) as client:
        yield client


def links_of(client: httpx.Client, dataset: Dataset, **headers: str) -> list[str]:
    """One link of each kind, without what follows the address."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    name = entity_set_name(dataset)
    page = json_of(client.get(f"/odata/{name}", headers=named | {"Prefer": "maxpagesize=1"}))
    created = client.post(f"{dataset.url}/records", json={"values": {"name": "x"}}, headers=named)
    power_bi = json_of(client.get(f"{dataset.url}/connect.pbids", headers=named))
    records = client.get(f"{dataset.url}/records?limit=1", headers=named)
    return [
        page["@odata.context"].partition("/odata/")[0],
        page["@odata.nextLink"].partition("/odata/")[0],
        power_bi["connections"][0]["details"]["address"]["url"].partition("/odata/")[0],
        created.headers["location"].partition("/v1/")[0],
        records.headers["link"].partition("/v1/")[0].removeprefix("<"),
    ]


def test_links_follow_the_setting(service: Service, client: httpx.Client) -> None:
    dataset = create_people(client, 30, 40)
    with with_settings(service, public_url=PUBLIC) as behind:
        assert links_of(behind, dataset) == [PUBLIC] * 5
        assert links_of(behind, dataset, X_Forwarded_Host="other.example") == [PUBLIC] * 5
        answer = behind.post("/v1/datasets?name=public", content=b"a\n1\n", headers={"Content-Type": "text/csv"})
        assert answer.headers["location"].startswith(f"{PUBLIC}/v1/jobs/")
        assert (
            behind.post("/v1/uploads", headers={"Tus-Resumable": "1.0.0", "Upload-Length": "3"})
            .headers["location"]
            .startswith(f"{PUBLIC}/v1/uploads/")
        )
        assert behind.get("/v1/datasets/").headers["location"] == f"{PUBLIC}/v1/datasets"


def test_without_a_proxy_they_are_as_before(client: httpx.Client) -> None:
    own = str(client.base_url).rstrip("/")
    assert links_of(client, create_people(client, 30, 40)) == [own, own, own, "", ""]


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        ({"X_Forwarded_Host": "a.example", "X_Forwarded_Proto": "https"}, "https://a.example"),
        ({"X_Forwarded_Host": "a.example:8443"}, "http://a.example:8443"),
        ({"X_Forwarded_Host": "a.example", "X_Forwarded_Port": "8080"}, "http://a.example:8080"),
        (
            {"X_Forwarded_Host": "a.example", "X_Forwarded_Proto": "https", "X_Forwarded_Port": "443"},
            "https://a.example",
        ),
        ({"X_Forwarded_Host": "a.example", "X_Forwarded_Prefix": "/tables/"}, "http://a.example/tables"),
        ({"X_Forwarded_Host": "evil.example, a.example"}, "http://a.example"),
        ({"Forwarded": "for=192.0.2.1;host=a.example;proto=https"}, "https://a.example"),
        ({"Forwarded": 'for="[2001:db8::1]:4711";host="a.example:81"'}, "http://a.example:81"),
        ({"Forwarded": "host=evil.example, for=192.0.2.1;host=a.example"}, "http://a.example"),
        ({"Forwarded": "host=a.example", "X_Forwarded_Host": "other.example"}, "http://a.example"),
    ],
    ids=str,
)
def test_links_follow_what_a_trusted_proxy_reports(
    client: httpx.Client, headers: dict[str, str], address: str
) -> None:
    assert links_of(client, create_people(client, 30, 40), **headers) == [address] * 5


def test_other_senders_are_not_believed(service: Service) -> None:
    with with_settings(service, trusted_proxies=("192.0.2.0/24",)) as client:
        own = str(client.base_url).rstrip("/")
        dataset = create_people(client, 30, 40)
        assert links_of(client, dataset, X_Forwarded_Host="evil.example") == [own, own, own, "", ""]
        assert links_of(client, dataset, Forwarded="host=evil.example") == [own, own, own, "", ""]


def test_what_a_proxy_reports_does_not_change_the_host(client: httpx.Client) -> None:
    headers = {"Host": "evil.example", "X-Forwarded-Host": "localhost"}
    assert code(client.get("/v1/datasets", headers=headers), 421) == "unknown-host"
    json_of(client.get("/v1/datasets", headers={"X-Forwarded-Host": "a.example"}))


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        ([("forwarded", "host=x;for=9.9.9.9, host=edge;for=8.8.8.8;proto=https, host=inner;for=10.0.0.1")], "https://edge"),
        ([("forwarded", "host=x;for=9.9.9.9, host=edge;for=8.8.8.8, host=inner;for=unknown")], "http://inner"),
        ([("x-forwarded-for", "9.9.9.9, 8.8.8.8, 10.0.0.1"), ("x-forwarded-host", "x, edge, inner")], "http://edge"),
        ([("x-forwarded-for", "9.9.9.9"), ("x-forwarded-for", "10.0.0.1"), ("x-forwarded-host", "edge")], "http://edge"),
        ([("x-forwarded-host", "a b")], None),
        ([("x-forwarded-proto", "javascript")], None),
        ([("x-forwarded-proto", "https")], "https://here:1"),
        ([("x-forwarded-prefix", "//evil.example")], None),
        ([("forwarded", "")], None),
        ([("forwarded", "for=1.1.1.1")], None),
        ([("forwarded", '"')], None),
        ([], None),
    ],
    ids=str,
)  # fmt: skip
def test_entries_are_read_back_to_the_outermost_trusted_proxy(
    headers: list[tuple[str, str]], address: str | None
) -> None:
    raw = [(b"host", b"here:1"), *((name.encode(), value.encode()) for name, value in headers)]
    scope = {"type": "http", "scheme": "http", "client": ("10.0.0.2", 1), "headers": raw}
    assert TrustedProxies.of(["10.0.0.0/8"]).find_address(scope) == address
    assert TrustedProxies.of(["11.0.0.0/8"]).find_address(scope) is None


@pytest.mark.parametrize("url", ["data.example.com", "ftp://a", "https://", "https://a/?b", "https://a b"])
def test_an_invalid_public_address_is_refused(url: str) -> None:
    with pytest.raises(BadSetting, match="ROWLEDGER_PUBLIC_URL"):
        read_settings({"ROWLEDGER_PUBLIC_URL": url}, Path())


def test_proxies_are_addresses_or_networks() -> None:
    settings = read_settings({"ROWLEDGER_TRUSTED_PROXIES": "10.0.0.5, fd00::/8"}, Path())
    assert settings.trusted_proxies == ("10.0.0.5", "fd00::/8")
    assert read_settings({}, Path()).trusted_proxies == ("127.0.0.0/8", "::1")
    with pytest.raises(BadSetting, match="ROWLEDGER_TRUSTED_PROXIES"):
        read_settings({"ROWLEDGER_TRUSTED_PROXIES": "proxy.example"}, Path())
    assert read_settings({"ROWLEDGER_PUBLIC_URL": "https://a.example/x/"}, Path()).public_url == "https://a.example/x"
