"""What a principal may not see is not found, what it may see and not do is forbidden: on every route."""

import ast
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from httpx_ws import WebSocketDisconnect, WebSocketSession, connect_ws

from domain.access.access import Access
from domain.access.grants import Grant, Role
from domain.access.principal import Principal, PrincipalKind
from domain.errors import Unauthenticated
from interfaces.server import app
from interfaces.services.authentication import LOCAL_ACCESS, access_of_job
from interfaces.services.wiring import Service
from tests.given import Dataset, code, create_dataset, import_csv, json_of, problem, serve_http, unique
from tests.interfaces.access_routes import TUS, Route, Things, list_routes

ROOT = Path(__file__).parents[2]
PACKAGES = ("domain", "application", "projections", "interfaces", "migrations")
COMPOSITION_ROOT = "interfaces/services/authentication.py"

ANN = Principal(PrincipalKind.USER, "ann")
NOTHING = Access(ANN, LOCAL_ACCESS.workspace)
VIEWER = Access(ANN, LOCAL_ACCESS.workspace, (Grant(Role.VIEWER),))
ELSEWHERE = Access(LOCAL_ACCESS.principal, "elsewhere", LOCAL_ACCESS.grants)

CSV = "code,name\na,Ann\nb,Bob\n"


class ChangingAuthenticator:
    """Gives every request `access`; without one it has no valid credential."""

    def __init__(self) -> None:
        self.access: Access | None = LOCAL_ACCESS

    async def authenticate(self, headers: Mapping[str, str]) -> Access:
        if self.access is None:
            raise Unauthenticated("unauthenticated", "The request has no valid credential")
        return self.access

    @contextmanager
    def giving(self, access: Access | None) -> Iterator[None]:
        self.access = access
        try:
            yield
        finally:
            self.access = LOCAL_ACCESS


@pytest.fixture(scope="module")
def gate() -> ChangingAuthenticator:
    return ChangingAuthenticator()


@pytest.fixture(scope="module")
def guarded(service: Service, gate: ChangingAuthenticator) -> Iterator[httpx.Client]:
    """A client whose requests get the access that `gate` gives."""
    with (
        serve_http(replace(service, authenticator=gate)) as address,
        httpx.Client(base_url=address, timeout=60) as opened,
    ):
        yield opened


@pytest.fixture
def things(guarded: httpx.Client) -> Things:
    """A dataset of two versions that has an import, jobs and an export; and an upload."""
    dataset = import_csv(guarded, f"{CSV}c,{unique('c')}\n", key="code")
    dataset.send("PATCH", "/records/2", {"values": {"name": "Bea"}})
    job = guarded.get("/v1/jobs", params={"dataset": dataset.id}).json()["data"][0]["id"]
    exported = guarded.post(f"{dataset.url}/exports", json={}, headers={"Prefer": "wait=30"})
    upload = guarded.post("/v1/uploads", headers={**TUS, "Upload-Length": "3"})
    return Things(
        dataset.id,
        dataset.get_json("/connect.pbids")["connections"][0]["details"]["address"]["url"].rpartition("/")[2],
        dataset.get_json("/imports")["data"][0]["id"],
        job,
        json_of(exported, 202)["job"]["id"],
        upload.headers["location"].rpartition("/")[2],
    )


@pytest.fixture
def visible(guarded: httpx.Client) -> Dataset:
    """A dataset that `only` grants access to."""
    return import_csv(guarded, f"{CSV}c,{unique('c')}\n", key="code")


def only(dataset: Dataset, role: Role = Role.ADMIN) -> Access:
    return Access(ANN, LOCAL_ACCESS.workspace, (Grant(role, UUID(dataset.id)),))


def routes(guarded: httpx.Client, things: Things, other: str | None = None) -> list[Route]:
    return list(list_routes(guarded.get("/openapi.json").json(), things, other or things.dataset))


def send(client: httpx.Client, route: Route) -> httpx.Response:
    """The answer; of a stream its head alone, for it may go on for ever."""
    with client.stream(route.method, route.url, **route.more) as answer:
        if not answer.headers.get("content-type", "").startswith("text/event-stream"):
            answer.read()
        return answer


def test_the_default_workspace_is_named_in_the_composition_root_alone() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {ast.unparse(node)}"
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if str(path.relative_to(ROOT)) != COMPOSITION_ROOT
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if _names_default_workspace(node)
    ]
    assert found == []


def _names_default_workspace(node: ast.AST) -> bool:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
            return name in ("DEFAULT_WORKSPACE", "LOCAL_PRINCIPAL")
        case ast.keyword(arg="workspace", value=ast.Constant()):
            return True
        case ast.Assign(value=ast.Constant(value=text)):
            return text == LOCAL_ACCESS.workspace
        case ast.Call(func=ast.Attribute(attr="get")):
            return False  # a member of a body, such as a column's `default`
        case ast.Call(args=args):
            return any(isinstance(one, ast.Constant) and one.value == LOCAL_ACCESS.workspace for one in args)
        case _:
            return False


def test_every_request_of_the_test_would_be_served(guarded: httpx.Client, things: Things) -> None:
    """Otherwise the tests below would prove nothing."""
    ordered = sorted(routes(guarded, things), key=lambda one: (one.method == "DELETE", -len(one.path)))
    for route in ordered:
        answer = send(guarded, route)
        if str(route) == "DELETE /v1/jobs/{id}":
            assert code(answer, 409) == "job-ended"
        else:
            assert answer.status_code < 300, (route, answer.status_code)


def test_who_may_do_nothing_finds_nothing(
    guarded: httpx.Client, gate: ChangingAuthenticator, things: Things, service: Service
) -> None:
    every, head = routes(guarded, things), service.store.head()
    with gate.giving(NOTHING):
        for route in every:
            answer = send(guarded, route)
            assert answer.status_code == 404, route
            if route.method != "HEAD":
                assert "workspace-not-found" in answer.text, route
    assert service.store.head() == head


def test_who_has_no_credential_is_told_so(
    guarded: httpx.Client, gate: ChangingAuthenticator, things: Things, service: Service
) -> None:
    every, head = routes(guarded, things), service.store.head()
    with gate.giving(None):
        for route in every:
            answer = send(guarded, route)
            assert answer.status_code == 401, route
            assert answer.headers["www-authenticate"] == "Bearer", route
    assert service.store.head() == head


@pytest.mark.parametrize(("access", "status"), [(NOTHING, 404), (None, 401)])
@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/nothing", "/v1/datasets/", "/docs/", "/status/", "/odata/x/y", "//"]
)
def test_addresses_that_are_no_routes_say_no_more(
    guarded: httpx.Client, gate: ChangingAuthenticator, access: Access | None, status: int, path: str
) -> None:
    with gate.giving(access):
        for method in ("GET", "HEAD", "POST", "TRACE", "OPTIONS"):
            assert guarded.request(method, path).status_code == status


def test_public_addresses_need_no_credential(guarded: httpx.Client, gate: ChangingAuthenticator) -> None:
    with gate.giving(None):
        for path in (
            "/status",
            "/docs",
            "/docs/start.js",
            "/docs/swagger-ui-bundle.js",
            "/docs/swagger-ui.css",
            "/openapi.json",
        ):
            assert guarded.get(path).status_code == 200


@pytest.mark.parametrize(("access", "close_code"), [(NOTHING, 4404), (None, 4401)])
def test_a_websocket_is_closed(
    guarded: httpx.Client, gate: ChangingAuthenticator, things: Things, access: Access | None, close_code: int
) -> None:
    assert watch(guarded, things.job) == 1000
    with gate.giving(access):
        assert watch(guarded, things.job) == close_code


def watch(client: httpx.Client, job: str) -> int:
    """How the WebSocket of a job was closed."""
    with (
        pytest.raises(WebSocketDisconnect) as closed,
        connect_ws(f"{client.base_url}/v1/jobs/{job}/watch", client, session_class=WebSocketSession) as opened,
    ):
        while True:
            opened.receive_text()
    return closed.value.code


def test_a_dataset_that_may_not_be_seen_is_found_on_no_route(
    guarded: httpx.Client, gate: ChangingAuthenticator, things: Things, visible: Dataset, service: Service
) -> None:
    """It is already in caches, because a principal with access has read it."""
    every, head = routes(guarded, things), service.store.head()
    for route in every:
        if route.method == "GET" and route.names_dataset:
            assert send(guarded, route).status_code == 200, route
    with gate.giving(only(visible)):
        for route in every:
            if route.names_dataset or "{id}" in route.path:
                assert send(guarded, route).status_code == 404, route
        assert watch(guarded, things.job) == 4404
    assert service.store.head() == head


def test_a_hidden_dataset_is_not_told_from_one_that_does_not_exist(
    guarded: httpx.Client, gate: ChangingAuthenticator, visible: Dataset
) -> None:
    hidden, gone = create_dataset(guarded), create_dataset(guarded)
    slug = hidden.get_json()["slug"]
    assert gone.send("DELETE", "").status_code == 204
    missing = "00000000-0000-4000-8000-000000000000"
    with gate.giving(only(visible)):
        expected = problem(guarded.get(f"/v1/datasets/{missing}"), 404)
        for name in (hidden.id, gone.id, slug):
            found = problem(guarded.get(f"/v1/datasets/{name}"), 404)
            assert str(found).replace(name, missing) == str(expected)
        expected = problem(guarded.delete(f"/v1/datasets/{missing}/records/1"), 404)
        for name in (hidden.id, gone.id):
            found = problem(guarded.delete(f"/v1/datasets/{name}/records/1"), 404)
            assert str(found).replace(name, missing) == str(expected)


def test_lists_show_what_may_be_seen(
    guarded: httpx.Client, gate: ChangingAuthenticator, things: Things, visible: Dataset
) -> None:
    everything = {path: guarded.get(path).text for path in ("/v1/datasets", "/odata", "/odata/$metadata", "/v1/jobs")}
    assert all(things.slug in text or things.dataset in text for text in everything.values())
    with gate.giving(only(visible)):
        assert [one["id"] for one in guarded.get("/v1/datasets").json()["data"]] == [visible.id]
        assert {one["dataset"] for one in guarded.get("/v1/jobs").json()["data"]} == {visible.id}
        assert code(guarded.get("/v1/jobs", params={"dataset": things.dataset}), 404) == "dataset-not-found"
        sets = guarded.get("/odata").json()["value"]
        assert len(sets) == 1 and guarded.get(f"/odata/{sets[0]['name']}").status_code == 200
        assert things.slug not in guarded.get("/odata/$metadata").text
        nearly = f"{things.slug}x"
        assert things.slug not in guarded.get(f"/odata/{nearly}").text.replace(nearly, "")
        totals = guarded.get("/v1/stats").json()
        assert (totals["datasets"], totals["records"], totals["versions"]) == (1, 3, 1)
        assert (totals["imports"]["count"], totals["files"]["files"]) == (1, 1)
        assert totals["jobs"] == {"queued": 0, "running": 0, "succeeded": 1, "failed": 0, "cancelled": 0}
        assert {one["dataset"] for one in guarded.get("/v1/events").json()["data"]} <= {visible.id}
        assert {one["dataset"] for one in guarded.get("/v1/audit").json()["data"]} == {visible.id}
        assert guarded.get("/v1/audit", params={"dataset": things.dataset}).json()["data"] == []


def test_an_entity_set_has_one_name_whoever_reads_it(guarded: httpx.Client, gate: ChangingAuthenticator) -> None:
    word = unique("named").replace(" ", "-")
    first = create_dataset(guarded, name=word)
    second = create_dataset(guarded, name=word)
    name = [one["name"] for one in guarded.get("/odata").json()["value"]][-1]
    assert first.get_json()["slug"] != second.get_json()["slug"]
    with gate.giving(only(second)):
        assert [one["name"] for one in guarded.get("/odata").json()["value"]] == [name]


def test_a_join_needs_both_sides(
    guarded: httpx.Client, gate: ChangingAuthenticator, things: Things, visible: Dataset
) -> None:
    with gate.giving(only(visible)):
        assert visible.get(f"/join/{visible.id}", on="code").status_code == 200
        assert code(visible.get(f"/join/{things.dataset}", on="code"), 404) == "dataset-not-found"
    assert visible.get(f"/join/{things.dataset}", on="code").status_code == 200


def test_a_viewer_reads_and_changes_nothing(
    guarded: httpx.Client, gate: ChangingAuthenticator, things: Things, service: Service
) -> None:
    every, head = routes(guarded, things), service.store.head()
    before = guarded.get(f"/v1/datasets/{things.dataset}").text
    with gate.giving(VIEWER):
        for route in every:
            answer = send(guarded, route)
            if route.path == "/v1/uploads/{id}":
                assert answer.status_code == 404, route
            elif route.writes:
                assert code(answer, 403) == "forbidden", route
            else:
                assert answer.status_code < 300, (route, answer.status_code)
    assert service.store.head() == head
    assert guarded.get(f"/v1/datasets/{things.dataset}").text == before


def test_what_is_not_there_is_not_found_before_it_is_forbidden(
    guarded: httpx.Client, gate: ChangingAuthenticator
) -> None:
    missing = "/v1/datasets/00000000-0000-4000-8000-000000000000"
    with gate.giving(VIEWER):
        for path in ("/records/1", ""):
            assert code(guarded.delete(missing + path), 404) == "dataset-not-found"
        assert code(guarded.post(f"{missing}/revert", json={"to": 1}), 404) == "dataset-not-found"


def test_an_editor_of_one_dataset_changes_it_and_makes_no_other(
    guarded: httpx.Client, gate: ChangingAuthenticator, visible: Dataset
) -> None:
    made = {"name": "n", "columns": [{"name": "a", "type": "string"}]}
    with gate.giving(only(visible, Role.EDITOR)):
        visible.create(code="d", name="Dan")
        assert code(guarded.post("/v1/datasets", json=made), 403) == "forbidden"
        sent = guarded.post("/v1/datasets?name=n", content=CSV.encode(), headers={"Content-Type": "text/csv"})
        assert code(sent, 403) == "forbidden"
        upload = guarded.post("/v1/uploads", headers={**TUS, "Upload-Length": "3"})
        assert upload.status_code == 201
        assert visible.send("DELETE", "").status_code == 204
    assert visible.get().status_code == 410


def test_another_workspace_is_a_world_of_its_own(
    guarded: httpx.Client, gate: ChangingAuthenticator, things: Things
) -> None:
    every = routes(guarded, things)
    with gate.giving(ELSEWHERE):
        for route in every:
            if route.names_dataset or "{id}" in route.path:
                assert send(guarded, route).status_code == 404, route
        name = unique("elsewhere")
        there = import_csv(guarded, "a\n1\n", name=name)
        assert [one["id"] for one in guarded.get("/v1/datasets").json()["data"]] == [there.id]
        exported = guarded.post(f"{there.url}/exports", json={}, headers={"Prefer": "wait=30"})
        assert json_of(exported, 202)["job"]["state"] == "succeeded"
    assert there.get().status_code == 404
    here = import_csv(guarded, "a\n1\n", name=name)
    assert here.get_json()["slug"] == name.replace(" ", "-")


def test_an_upload_belongs_to_its_principal(
    guarded: httpx.Client, gate: ChangingAuthenticator, things: Things
) -> None:
    another = replace(LOCAL_ACCESS, principal=ANN)
    with gate.giving(another):
        assert code(guarded.get(f"/v1/uploads/{things.upload}"), 404) == "upload-not-found"
        used = guarded.post("/v1/datasets", params={"upload": things.upload})
        assert code(used, 404) == "upload-not-found"
    assert guarded.get(f"/v1/uploads/{things.upload}").status_code == 200


def test_an_idempotency_key_belongs_to_its_principal(guarded: httpx.Client, gate: ChangingAuthenticator) -> None:
    dataset = create_dataset(guarded)
    body = {"values": {"name": "Ann"}}
    key = unique("key").replace(" ", "-")
    first = dataset.send("POST", "/records", body, idempotency_key=key)
    with gate.giving(replace(LOCAL_ACCESS, principal=ANN)):
        second = dataset.send("POST", "/records", body, idempotency_key=key)
    again = dataset.send("POST", "/records", body, idempotency_key=key)
    assert (first.json()["id"], second.json()["id"], again.json()["id"]) == (1, 2, 1)
    assert [one["actor"] for one in dataset.get_json("/versions")["data"]] == ["ann", "local", "local"]


def test_a_job_is_cancelled_by_those_who_may_write_or_asked_for_it(
    guarded: httpx.Client, gate: ChangingAuthenticator, things: Things
) -> None:
    with gate.giving(VIEWER):
        assert code(guarded.delete(f"/v1/jobs/{things.job}"), 403) == "forbidden"
        own = json_of(guarded.post(f"/v1/datasets/{things.dataset}/exports", json={}), 202)["job"]["id"]
        answer = guarded.delete(f"/v1/jobs/{own}")
        assert answer.status_code == 200 or code(answer, 409) == "job-ended"
    assert code(guarded.delete(f"/v1/jobs/{things.job}"), 409) == "job-ended"


def test_a_worker_acts_with_the_access_of_the_jobs_principal(
    guarded: httpx.Client, gate: ChangingAuthenticator, visible: Dataset
) -> None:
    """The worker knows no grants of a stranger, so it reads and writes nothing for one."""
    assert access_of_job(LOCAL_ACCESS.workspace, "local") == LOCAL_ACCESS
    assert not access_of_job(LOCAL_ACCESS.workspace, "ann").sees_workspace
    before = visible.get_json()["version"]
    with gate.giving(only(visible)):
        exported = guarded.post(f"{visible.url}/exports", json={}, headers={"Prefer": "wait=30"})
        headers = {"Content-Type": "text/csv", "Prefer": "wait=30"}
        imported = guarded.post(f"{visible.url}/imports", content=b"code,name\nx,Xi\n", headers=headers)
    for answer in (exported, imported):
        job = json_of(answer, 202)["job"]
        assert (job["state"], job["error"]["title"]) == ("failed", "dataset-not-found")
    assert visible.get_json()["version"] == before


def test_refusals_may_be_read_by_pages_of_other_origins(service: Service, gate: ChangingAuthenticator) -> None:
    page = "https://app.example.com"
    settings = replace(service.settings, cors_origins=(page,))
    application = app.create_app(replace(service, authenticator=gate, settings=settings))
    with serve_http(service, application) as address, gate.giving(None):
        preflight = {"Origin": page, "Access-Control-Request-Method": "PATCH"}
        assert httpx.options(f"{address}/v1/datasets/x/records/1", headers=preflight).status_code == 200
        refused = httpx.get(f"{address}/v1/datasets", headers={"Origin": page})
        assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, page)
