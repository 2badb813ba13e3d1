"""JavaScript's numbers keep 15 digits: its programs may send and ask for numbers as strings."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from domain import exact_json
from tests.given import Dataset, code, create_dataset, json_of

COLUMNS = (
    {"name": "sku", "type": "integer"},
    {"name": "price", "type": "decimal"},
    {"name": "name", "type": "string"},
    {"name": "more", "type": "json"},
)
ACCEPT = "application/json;numbers=string"
BIG, EXACT = 9007199254740993, Decimal("1.10")
TEXTS = {"sku": str(BIG), "price": "1.10", "name": "5", "more": {"n": ["2", True, None]}}


@pytest.fixture
def dataset(client: httpx.Client) -> Dataset:
    created = create_dataset(client, COLUMNS, key=["sku"])
    created.create(sku=str(BIG), price="1.10", name="5", more={"n": [2, True, None]})
    return created


def as_text(
    dataset: Dataset, path: str, accept: str = "application/json;numbers=string", **parameters: object
) -> Any:
    answer = dataset.client.get(
        dataset.url + path,
        params={name: str(value) for name, value in parameters.items()},
        headers={"Accept": accept},
    )
    assert answer.headers["content-type"] == "application/json;numbers=string"
    assert "Accept" in answer.headers["vary"]
    return json_of(answer)


def test_numbers_written_as_text_are_numbers(dataset: Dataset) -> None:
    assert repr(dataset.values()) == repr([{"sku": BIG, "price": EXACT, "name": "5", "more": {"n": [2, True, None]}}])
    same = dataset.send("PATCH", "/records/1", {"values": {"price": "1.10", "sku": str(BIG)}})
    assert json_of(same)["version"] == 2, "nothing new"
    by_key = {"operations": [{"op": "update", "key": {"sku": str(BIG)}, "values": {"price": "-2.5e1"}}]}
    assert dataset.send("POST", "/batch", by_key).status_code == 200
    assert dataset.column("price") == [Decimal(-25)]
    put = dataset.send("PUT", f"/records/by-key/{BIG}", {"values": {"sku": str(BIG), "price": "7"}})
    assert put.status_code == 200 and dataset.column("price") == [7]


@pytest.mark.parametrize("text", ["1,5", " 5", "5 ", "+5", "05", "NaN", "", "٥"])
def test_other_text_is_no_number(dataset: Dataset, text: str) -> None:
    assert code(dataset.send("PATCH", "/records/1", {"values": {"price": text}}), 422) == "invalid-values"


def test_values_are_sent_as_text_on_request(dataset: Dataset) -> None:
    page = as_text(dataset, "/records", limit=5)
    assert page["data"] == [{"id": 1, "version": 2, "values": TEXTS}]
    assert (page["page"]["limit"], page["version"]) == (5, 2), "what is no value stays a number"
    assert as_text(dataset, "/records/1")["values"] == TEXTS
    assert as_text(dataset, f"/records/by-key/{BIG}")["values"] == TEXTS
    assert as_text(dataset, "/records/1", accept='text/html, application/json; numbers="string"')["values"] == TEXTS
    (group,) = as_text(dataset, "/aggregate", group_by="sku", measures="count,sum(price)")["data"]
    assert group == {"group": {"sku": str(BIG)}, "measures": {"count": "1", "sum(price)": "1.10"}}
    history = as_text(dataset, "/records/1/history")["data"]
    assert [version["values"] for version in history] == [TEXTS]
    least = {column["name"]: column["least"] for column in as_text(dataset, "/profile")["columns"]}
    assert (least["sku"], least["price"]) == (str(BIG), "1.10")


@pytest.mark.parametrize(
    ("accept", "wants_text"),
    [
        ("application/json;numbers=string", True),
        ("APPLICATION/JSON ; charset=utf-8; Numbers=String ;q=0.5", True),
        ("application/json;q=0.5;numbers=string, text/csv;q=0.1", True),
        ("application/json, application/json;numbers=string", True),
        ("application/json;numbers=string;q=0.8, application/json;q=0.9", False),
        ("application/json;numbers=string;q=0", False),
        ("application/json;numbers=string;q=2", False),
        ("application/json;numbers=strings", False),
        ("application/json-patch+json;numbers=string, */*", False),
        ("text/html;numbers=string, application/json", False),
    ],
)
def test_text_is_sent_if_it_is_what_the_client_prefers(dataset: Dataset, accept: str, wants_text: bool) -> None:
    answer = dataset.client.get(f"{dataset.url}/records/1", headers={"Accept": accept})
    assert (f'"{BIG}"' in answer.text) is wants_text


def test_the_bars_of_a_histogram_are_between_values(dataset: Dataset) -> None:
    dataset.create(sku=str(BIG + 1000))
    bars = as_text(dataset, "/profile", fields="sku")["columns"][0]["histogram"]
    assert (bars[0]["from"], bars[-1]["to"]) == (str(BIG), str(BIG + 1000))
    assert [bars[0]["count"], bars[-1]["count"]] == [1, 1]


def test_the_answer_to_a_change_too(dataset: Dataset) -> None:
    body = exact_json.dumps({"values": {"price": Decimal("0.50")}})
    headers = {"Content-Type": "application/json", "Accept": "application/json;numbers=string"}
    answer = dataset.client.patch(f"{dataset.url}/records/1", content=body, headers=headers)
    assert json_of(answer) == {"id": 1, "version": 3, "values": {**TEXTS, "price": "0.50"}}


def test_others_get_numbers(dataset: Dataset) -> None:
    for accept in ("*/*", "application/json", "application/json;numbers=exact", "text/csv;numbers=string"):
        answer = dataset.client.get(f"{dataset.url}/records", headers={"Accept": accept})
        assert str(BIG) in answer.text and f'"{BIG}"' not in answer.text
    export = dataset.client.get(
        f"{dataset.url}/export", params={"format": "json"}, headers={"Accept": "application/json;numbers=string"}
    )
    assert f'"{BIG}"' not in export.text, "a file is sent as it is"


def test_a_head_request_has_the_same_headers(dataset: Dataset) -> None:
    headers = {"Accept": "application/json;numbers=string"}
    answers = [
        dataset.client.request(method, f"{dataset.url}/records", headers=headers) for method in ("GET", "HEAD")
    ]
    assert len({answer.headers["content-length"] for answer in answers}) == 1 and not answers[1].content
