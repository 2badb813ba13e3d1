"""A job that accepted none of the rows of its file has failed, with the reason that fits most of them."""

from typing import Any

import httpx
import pytest

from tests.given import Dataset, import_csv, import_into, json_of, request_import, unique, upload


def keyed(client: httpx.Client) -> Dataset:
    return import_csv(client, f"k,n,note\na,1,{unique('n')}\nb,2,\n", key="k")


def error_of(client: httpx.Client, dataset: Dataset, text: str, mode: str, prefer: str = "") -> Any:
    job = json_of(request_import(client, dataset, text, mode, prefer), 202)["job"]
    assert (job["state"], job["result"]) == ("failed", None)
    assert job["error"]["title"] == "no-row-accepted"
    return job["error"]


def test_the_reason_that_fits_most_rows_is_given(client: httpx.Client) -> None:
    dataset = keyed(client)
    error = error_of(client, dataset, "k,n\nc,x\n,3\nd,y\n", "upsert")
    assert error["detail"].startswith("None of the 3 rows was accepted, 2 of them for the same reason (type-error),")
    assert "line 2" in error["detail"] and "'x'" in error["detail"]
    assert [one["code"] for one in error["errors"]].count("type-error") == 2
    assert dataset.get_json()["version"] == 1


def test_one_reason_for_all_is_said_so(client: httpx.Client) -> None:
    dataset = keyed(client)
    error = error_of(client, dataset, "k,n\na,5\nb,6\n", "append")
    assert error["detail"].startswith(
        "None of the 2 rows was accepted, for the same reason (primary-key), for instance"
    )


@pytest.mark.parametrize("prefer", ["", ", dry-run"])
@pytest.mark.parametrize("mode", ["append", "upsert", "replace"])
def test_every_mode_fails_and_changes_nothing(client: httpx.Client, mode: str, prefer: str) -> None:
    dataset = keyed(client)
    error_of(client, dataset, "k,n\n,1\n,2\n", mode, prefer)
    assert dataset.column("k") == ["a", "b"] and dataset.get_json()["version"] == 1
    import_into(client, dataset, "k,n\nc,3\n", mode)


def test_a_new_dataset_of_which_no_row_is_accepted_is_not_created(client: httpx.Client) -> None:
    text = f"k,{unique('n')}\n,1\n,2\n,3\n"
    job = json_of(upload(client, text, key="k"), 202)
    assert job["job"]["state"] == "failed" and job["job"]["error"]["title"] == "no-row-accepted"
    assert client.get(f"/v1/datasets/{job['dataset']['id']}").status_code == 404
    again = json_of(upload(client, text), 202)
    assert again["job"]["state"] == "succeeded", "the file is free, and so is the name"


def test_a_file_without_rows_is_no_failure(client: httpx.Client) -> None:
    dataset = keyed(client)
    job = import_into(client, dataset, "k,n\n", "append")
    assert job["result"]["rows"] == {"read": 0, "accepted": 0, "rejected": 0}


def test_one_accepted_row_is_enough(client: httpx.Client) -> None:
    dataset = keyed(client)
    job = import_into(client, dataset, "k,n\nc,3\n,1\n,2\n", "append")
    assert job["result"]["rows"] == {"read": 3, "accepted": 1, "rejected": 2}
