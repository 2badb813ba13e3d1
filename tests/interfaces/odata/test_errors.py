"""All errors below `/odata` are OData error objects; elsewhere they are problem documents."""

import httpx
import pytest
from psycopg import errors
from psycopg_pool import PoolTimeout

from domain.errors import Fault
from interfaces.odata import error_objects
from projections.query.odata import entity_pages
from tests.given import code, create_people
from tests.interfaces.odata.odata_requests import entity_set_name, error_object


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("nothing", 404, "entity-set-not-found"),
        ("nothing(1)", 404, "entity-set-not-found"),
        ("nothing/$count", 404, "entity-set-not-found"),
        ("a/b/c", 404, "resource-not-found"),
        ("@1/a/b", 404, "resource-not-found"),
        ("$batch", 501, "resource-not-offered"),
        ("@1/$batch", 501, "resource-not-offered"),
        ("$all", 501, "resource-not-offered"),
        ("$entity", 501, "resource-not-offered"),
        ("$crossjoin(a,b)", 501, "resource-not-offered"),
        ("a(1)/name", 501, "resource-not-offered"),
        ("a(1)/name/$value", 501, "resource-not-offered"),
        ("%00", 400, "invalid-parameter"),
    ],
)
def test_a_missing_resource_is_named(client: httpx.Client, path: str, status: int, code: str) -> None:
    assert error_object(client.get(f"/odata/{path}"), status)["code"] == code


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["", "/", "/$metadata", "/people", "/people(1)", "/people/$count", "/@1/people"])
def test_records_are_read_only(client: httpx.Client, method: str, path: str) -> None:
    answer = client.request(method, f"/odata{path}")
    assert error_object(answer, 405)["code"] == "method-not-allowed"
    assert "GET" in answer.headers["allow"]


def test_a_batch_is_not_supported(client: httpx.Client) -> None:
    assert (
        error_object(
            client.post("/odata/$batch", content="--x", headers={"Content-Type": "multipart/mixed; boundary=x"}), 501
        )["code"]
        == "resource-not-offered"
    )


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (errors.QueryCanceled(), 503, "query-timeout"),
        (PoolTimeout(), 503, "overloaded"),
        (errors.AdminShutdown(), 503, "database-unavailable"),
        (ZeroDivisionError(), 500, "internal-error"),
    ],
)
def test_all_errors_have_the_same_form(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch, failure: Exception, status: int, code: str
) -> None:
    name = entity_set_name(create_people(client, 1))

    async def fails(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr(entity_pages, "read", fails)
    answer = client.get(f"/odata/{name}", headers={"Connection": "close"})
    assert error_object(answer, status)["code"] == code


def test_several_faults_are_listed() -> None:
    body = error_objects.error_response(400, "c", "d", (Fault("filter", "x", "y"), Fault("sort", "v", "w"))).body
    assert bytes(body).decode() == (
        '{"error":{"code":"c","message":"d","target":"$filter",'
        '"details":[{"code":"v","message":"w","target":"$orderby"}]}}'
    )


def test_elsewhere_errors_are_problem_documents(client: httpx.Client) -> None:
    assert code(client.get("/odatafish"), 404) == "not-found"
