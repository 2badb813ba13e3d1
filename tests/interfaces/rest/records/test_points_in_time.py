"""A date has one meaning wherever a version is chosen by time."""

import datetime
from urllib.parse import quote

import httpx
import pytest

from tests.given import Dataset, code, create_people, json_of, problem
from tests.interfaces.odata.odata_requests import entity_set_name, error_object

PATHS = (
    "",
    "/records",
    "/records/1",
    "/records/1/history",
    "/records/1/provenance",
    "/export?format=csv",
    "/aggregate?measures=count",
    "/profile",
    "/versions",
    "/indexes",
    "/connect.pbids",
)


@pytest.fixture(scope="module")
def dataset(client: httpx.Client) -> Dataset:
    return create_people(client, 30, 40)


def day(offset: int) -> str:
    return str((datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=offset)).date())


def at(dataset: Dataset, path: str, moment: str, parameter: str = "as_of") -> httpx.Response:
    joiner = "&" if "?" in path else "?"
    return dataset.client.get(f"{dataset.url}{path}{joiner}{parameter}={quote(moment)}")


@pytest.mark.parametrize("path", PATHS)
def test_today_is_its_end(dataset: Dataset, path: str) -> None:
    answer = at(dataset, path, dataset.get_json()["updated_at"][:10])
    assert answer.status_code == 200 and answer.headers["rowledger-version"] == "3"
    assert "immutable" not in answer.headers.get("cache-control", "")


@pytest.mark.parametrize("path", PATHS)
def test_yesterday_is_before_the_dataset(dataset: Dataset, path: str) -> None:
    assert code(at(dataset, path, day(-2)), 404) == "version-not-found"


@pytest.mark.parametrize("path", PATHS)
def test_a_time_to_come_is_refused(dataset: Dataset, path: str) -> None:
    for moment in (day(2), f"{day(2)}T00:00:00Z", "2999-01-31", "9999-12-31T23:59:59-14:00"):
        refused = problem(at(dataset, path, moment), 400)
        assert refused["type"] == "/problems/invalid-as-of" and "has not come yet" in refused["detail"]


def test_the_right_side_of_a_join_and_bodies_follow_the_same_rule(dataset: Dataset) -> None:
    path = f"/join/{dataset.id}?on=name"
    assert json_of(at(dataset, path, day(0), "other_as_of"))["data"]
    assert code(at(dataset, path, day(2), "other_as_of"), 400) == "invalid-as-of"
    assert json_of(dataset.send("POST", "/records/query", {"as_of": day(0)}))["version"] == 3
    for path in ("/records/query", "/exports"):
        assert code(dataset.send("POST", path, {"as_of": "2999-01-31"}), 400) == "invalid-as-of"


def test_odata_follows_the_same_rule(dataset: Dataset) -> None:
    name = entity_set_name(dataset)
    assert len(json_of(dataset.client.get(f"/odata/@{day(0)}/{name}"))["value"]) == 2
    for path in ("", "$metadata", name, f"{name}(1)", f"{name}/$count"):
        assert error_object(dataset.client.get(f"/odata/@2999-01-31/{path}"), 400)["code"] == "invalid-as-of"
