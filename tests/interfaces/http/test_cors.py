"""Web pages of the origins in the settings may use the API."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from application.settings import BadSetting, read_settings
from interfaces.services.wiring import Service
from tests.given import serve_http

PAGE = "https://app.example.com"


@contextmanager
def of_origins(service: Service, *origins: str) -> Iterator[httpx.Client]:
    opened = replace(service, settings=replace(service.settings, cors_origins=origins))
    with serve_http(opened) as address, httpx.Client(base_url=address) as client:
        yield client


def test_no_cors_headers_are_sent_without_origins(client: httpx.Client) -> None:
    answer = client.get("/v1/datasets", headers={"Origin": PAGE})
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_page_of_an_allowed_origin_may_read_and_change(service: Service) -> None:
    with of_origins(service, PAGE, "http://localhost:3000") as client:
        asking = {
            "Origin": PAGE,
            "Access-Control-Request-Method": "PATCH",
            "Access-Control-Request-Headers": "if-match,idempotency-key,prefer,content-type,upload-offset",
        }
        for path in ("/v1/datasets/x/records/1", "/v1/uploads"):
            allowed = client.options(path, headers=asking)
            assert allowed.status_code == 200
            assert allowed.headers["access-control-allow-origin"] == PAGE
            assert "PATCH" in allowed.headers["access-control-allow-methods"]
        answer = client.get("/v1/datasets", headers={"Origin": PAGE})
        assert answer.headers["access-control-allow-origin"] == PAGE
        seen = {name.strip() for name in answer.headers["access-control-expose-headers"].split(",")}
        assert {"ETag", "Location", "Link", "Rowledger-Version", "Idempotency-Replayed", "Upload-Offset"} <= seen
        assert "Origin" in answer.headers["vary"] and "Accept-Encoding" in answer.headers["vary"]


def test_pages_of_other_origins_may_not(service: Service) -> None:
    with of_origins(service, PAGE) as client:
        answer = client.get("/v1/datasets", headers={"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in answer.headers
        asking = {"Origin": "https://evil.example", "Access-Control-Request-Method": "DELETE"}
        assert client.options("/v1/datasets/x", headers=asking).status_code == 400


def test_a_refusal_can_be_read_too(service: Service) -> None:
    with of_origins(service, "*") as client:
        answer = client.get("/v1/datasets/nowhere", headers={"Origin": PAGE})
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (404, "*")
        assert "access-control-allow-credentials" not in answer.headers


def test_the_upload_protocol_still_lists_its_features(service: Service) -> None:
    with of_origins(service, PAGE) as client:
        assert client.options("/v1/uploads", headers={"Origin": PAGE}).headers["tus-version"] == "1.0.0"


@pytest.mark.parametrize(
    "text", ["app.example.com", "https://app.example.com/", "*, https://a.example", "ftp://a", "https://*.a"]
)
def test_an_invalid_origin_is_refused(text: str) -> None:
    with pytest.raises(BadSetting, match="ROWLEDGER_CORS_ORIGINS"):
        read_settings({"ROWLEDGER_CORS_ORIGINS": text}, Path())


def test_origins_are_separated_by_commas() -> None:
    settings = read_settings({"ROWLEDGER_CORS_ORIGINS": "https://a.example, http://localhost:3000"}, Path())
    assert settings.cors_origins == ("https://a.example", "http://localhost:3000")
    assert read_settings({}, Path()).cors_origins == ()
