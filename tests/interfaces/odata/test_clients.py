"""Other OData clients read the service and generate code from its metadata."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from psycopg.conninfo import make_conninfo

from domain import exact_json
from tests.clients.node import NODE, install_packages
from tests.conftest import a_database
from tests.given import Dataset, create_dataset, import_csv, open_service, run_worker, serve_http, unique
from tests.interfaces.odata.odata_requests import entity_set_name

CLIENTS = Path(__file__).parents[2] / "clients" / "odata"
SETTINGS = '{"compilerOptions": {"target": "es2020", "module": "commonjs", "moduleResolution": "node"}}'
NAMES = ["Ann", "it's Bob & Co", "Åse", None]


@pytest.fixture(scope="module")
def packages() -> Path:
    return install_packages(CLIENTS)


@pytest.fixture(scope="module")
def client(server: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a service with no other datasets: generators fail on some names of columns that other tests use."""
    with (
        a_database(server, template) as name,
        open_service(make_conninfo(server, dbname=name), tmp_path_factory.mktemp("data")) as service,
        serve_http(service) as address,
        httpx.Client(base_url=address, timeout=60) as opened,
    ):
        yield opened


@pytest.fixture(scope="module")
def people(client: httpx.Client) -> Dataset:
    columns = [{"name": "name", "type": "string"}, {"name": "age", "type": "integer"}]
    columns += [{"name": "balance", "type": "decimal"}, {"name": "born", "type": "datetime"}]
    dataset = create_dataset(client, [*columns, {"name": "рост (cm)", "type": "integer"}], name=unique("Люди"))
    for name, age in zip(NAMES, (30, 40, None, 20), strict=True):
        dataset.create(name=name, age=age, balance=5, born="2024-01-31T10:00:00")
    return dataset


def root(client: httpx.Client) -> str:
    return f"{str(client.base_url).rstrip('/')}/odata/"


def run(command: list[str], packages: Path | None = None, cwd: Path | None = None) -> str:
    environment = os.environ | ({} if packages is None else {"NODE_PATH": str(packages / "node_modules")})
    ended = subprocess.run(
        command, capture_output=True, text=True, env=environment, cwd=cwd, timeout=120, check=False
    )
    assert ended.returncode == 0, ended.stderr + ended.stdout
    return ended.stdout


def test_python_odata_reads(client: httpx.Client, people: Dataset) -> None:
    found = exact_json.loads(
        run([sys.executable, str(CLIENTS / "python_odata.py"), root(client), entity_set_name(people)])
    )
    assert found == {
        "all": NAMES,
        "old": [["it's Bob & Co", 40, "5"], ["Ann", 30, "5"]],
        "first": "Åse",
        "some": NAMES[1:3],
        "contains": NAMES[1:2],
        "one": "Åse",
    }


@pytest.fixture(scope="module")
def generated(
    client: httpx.Client, people: Dataset, packages: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The client that odata2ts generates from the metadata."""
    folder = tmp_path_factory.mktemp("generated")
    (folder / "metadata.xml").write_bytes(client.get("/odata/$metadata").content)
    (folder / "tsconfig.json").write_text(SETTINGS)
    generator = packages / "node_modules" / "@odata2ts" / "odata2ts" / "lib" / "run-cli.js"
    run(
        [str(NODE), str(generator), "-s", "metadata.xml", "-o", "made", "-m", "service", "-e", "js"], packages, folder
    )
    return folder / "made"


def test_clients_of_node_read(client: httpx.Client, people: Dataset, packages: Path, generated: Path) -> None:
    name = entity_set_name(people)
    command = [str(NODE), str(CLIENTS / "read.cjs"), root(client), name, str(generated)]
    found: dict[str, Any] = exact_json.loads(run(command, packages))
    assert list(found) == ["parsed", "odataClient", "oJs", "odata2ts"]
    _must_be_described(found.pop("parsed"))
    for reader in found.values():
        assert reader["all"] == NAMES
        assert reader["old"] == ["it's Bob & Co", "Ann"]
        assert reader["some"] == NAMES[1:3]
        assert reader["one"] == "Åse"
        assert int(reader.get("count", 2)) == 2


def _must_be_described(found: dict[str, Any]) -> None:
    assert found["container"] == "Rowledger.Container"
    described = {name: each for name, each in found["type"].items() if not name.startswith("$")}
    assert {name: each.get("$Type", "Edm.String") for name, each in described.items()} == {
        "_id": "Edm.Int64",
        "_version": "Edm.Int64",
        "name": "Edm.String",
        "age": "Edm.Int64",
        "balance": "Edm.Decimal",
        "born": "Edm.DateTimeOffset",
        "рост_cm": "Edm.Int64",
    }
    assert found["type"]["$Key"] == ["_id"]


def test_the_example_of_the_guide_is_what_is_answered(database: str, tmp_path: Path) -> None:
    text = (CLIENTS.parents[2] / "docs" / "how-to" / "odata.md").read_text(encoding="utf-8")
    url, body = re.findall(r"\$ curl '(localhost:8000/odata\S+)'\n(.*?)\n```", text, re.DOTALL)[0]
    parks = (CLIENTS.parents[2] / "examples" / "national-parks.csv").read_bytes()
    with (
        open_service(database, tmp_path) as service,
        open_service(database, tmp_path) as worker,
        run_worker(worker),
        serve_http(service) as address,
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        import_csv(client, parks, name="national-parks")
        answer = client.get(f"http://{url}".replace("http://localhost:8000", address))
    assert answer.text.replace(address, "http://localhost:8000") == body


def test_the_lock_names_no_registry() -> None:
    assert "resolved" not in (CLIENTS / "package-lock.json").read_text(encoding="utf-8")
