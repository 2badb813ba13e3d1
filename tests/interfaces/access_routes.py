"""Every route of the OpenAPI document and of OData as a request that would be served, were it allowed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from interfaces.odata.routes import ROOTS, ROUTES
from interfaces.rest.uploads.tus_headers import PIECE_TYPE

TUS = {"Tus-Resumable": "1.0.0"}
CSV = {"content": b"code,name\ny,Yma\n", "headers": {"Content-Type": "text/csv", "Prefer": "wait=30"}}
NAME = {"json": {"values": {"name": "Zoe"}}}

REQUESTS: Mapping[str, dict[str, Any]] = {
    "POST /v1/datasets": {"json": {"name": "new", "columns": [{"name": "a", "type": "string"}]}},
    "PATCH /v1/datasets/{dataset}": {"json": {"name": "renamed"}},
    "POST /v1/datasets/{dataset}/records": {"json": {"values": {"code": "z", "name": "Zoe"}}},
    "PATCH /v1/datasets/{dataset}/records": {**NAME, "params": {"filter": "true"}},
    "DELETE /v1/datasets/{dataset}/records": {"params": {"filter": "true"}},
    "PUT /v1/datasets/{dataset}/records/{id}": {"json": {"values": {"code": "a", "name": "Zoe"}}},
    "PATCH /v1/datasets/{dataset}/records/{id}": NAME,
    "PUT /v1/datasets/{dataset}/records/by-key/{key}": NAME,
    "PATCH /v1/datasets/{dataset}/records/by-key/{key}": NAME,
    "POST /v1/datasets/{dataset}/records/query": {"json": {}},
    "POST /v1/datasets/{dataset}/batch": {
        "json": {"operations": [{"op": "update", "id": 1, "values": {"name": "Yma"}}]}
    },
    "POST /v1/datasets/{dataset}/revert": {"json": {"to": 1}},
    "POST /v1/datasets/{dataset}/exports": {"json": {}},
    "POST /v1/datasets/{dataset}/imports": CSV,
    "GET /v1/datasets/{dataset}/join/{other}": {"params": {"on": "code"}},
    "POST /v1/inspect": CSV,
    "POST /v1/uploads": {"headers": {**TUS, "Upload-Length": "3"}},
    "HEAD /v1/uploads/{id}": {"headers": TUS},
    "PATCH /v1/uploads/{id}": {
        "content": b"abc",
        "headers": {**TUS, "Upload-Offset": "0", "Content-Type": PIECE_TYPE},
    },
    "DELETE /v1/uploads/{id}": {"headers": TUS},
}
"""What a request needs beyond its address."""

READS_BY_POST = ("/v1/datasets/{dataset}/records/query", "/v1/datasets/{dataset}/exports", "/v1/inspect")


@dataclass(frozen=True)
class Things:
    """What the addresses name."""

    dataset: str
    slug: str
    import_id: str
    job: str
    export: str
    upload: str


@dataclass(frozen=True)
class Route:
    """`url` is the address with its parameters filled in; `more`: arguments of httpx."""

    method: str
    path: str
    url: str
    more: Mapping[str, Any] = field(hash=False)

    @property
    def names_dataset(self) -> bool:
        return "{dataset}" in self.path or "{set}" in self.path

    @property
    def writes(self) -> bool:
        return self.method not in ("GET", "HEAD", "OPTIONS") and self.path not in READS_BY_POST

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def list_routes(document: Mapping[str, Any], things: Things, other: str) -> Iterator[Route]:
    """`other`: the right side of a join."""
    addresses = {path: list(methods) for path, methods in document["paths"].items()}
    addresses |= {root + path: ["get"] for root in ROOTS for path, _ in ROUTES}
    for path, methods in addresses.items():
        for method in map(str.upper, methods):
            names = {
                "dataset": things.dataset,
                "other": other,
                "set": things.slug,
                "id": _find_id(path, things),
                "key": "b",
                "version": "1",
                "at": "1",
            }
            yield Route(method, path, path.format(**names), REQUESTS.get(f"{method} {path}", {}))


def _find_id(path: str, things: Things) -> str:
    if path == "/v1/jobs/{id}/download":
        return things.export
    by_prefix = {"/v1/jobs/": things.job, "/v1/uploads/": things.upload}
    by_prefix["/v1/datasets/{dataset}/imports/"] = things.import_id
    return next((id for prefix, id in by_prefix.items() if path.startswith(prefix)), "1")
