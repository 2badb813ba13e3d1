"""The source file of an import is downloaded unchanged."""

from hashlib import sha256
from urllib.parse import quote

import httpx
import pytest

from interfaces.services.wiring import Service
from tests.given import Dataset, code, create_people, import_csv, problem, unique


def with_file(client: httpx.Client, text: str | None = None, filename: str = "sales.csv") -> tuple[Dataset, str, str]:
    """A dataset, the path of its import's file, and the file."""
    text = text or f"a,{unique('n')}\n1,2\n"
    dataset = import_csv(client, text, filename=filename)
    return dataset, f"/imports/{dataset.get_json('/imports')['data'][0]['id']}/source", text


def fetch(dataset: Dataset, path: str, **headers: str) -> httpx.Response:
    return dataset.client.get(dataset.url + path, headers={n.replace("_", "-"): v for n, v in headers.items()})


def test_the_file_is_downloaded_as_it_came(client: httpx.Client) -> None:
    dataset, path, text = with_file(client)
    answer = fetch(dataset, path)
    assert (answer.status_code, answer.content) == (200, text.encode())
    assert answer.headers["etag"] == f'"{sha256(text.encode()).hexdigest()}"'
    assert answer.headers["content-length"] == str(len(text))
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize("filename", ["sales.csv", 'a "b"\\c.csv', "räksmörgås 数.csv", "100%.csv", "x;y=z.csv"])
def test_the_download_has_the_name_of_the_file(client: httpx.Client, filename: str) -> None:
    dataset, path, _ = with_file(client, filename=filename)
    disposition = fetch(dataset, path).headers["content-disposition"]
    assert disposition.startswith('attachment; filename="') and disposition.isascii()
    assert disposition.endswith(f"filename*=UTF-8''{quote(filename, safe='')}")
    assert disposition.count('"') == 2 and "\\" not in disposition


@pytest.mark.parametrize(
    ("range_header", "start", "end"),
    [("bytes=0-3", 0, 4), ("bytes=2-", 2, None), ("bytes=-5", -5, None), ("bytes=3-999", 3, None)],
)
def test_a_range_is_answered_with_it(client: httpx.Client, range_header: str, start: int, end: int | None) -> None:
    dataset, path, text = with_file(client)
    answer = fetch(dataset, path, Range=range_header)
    part = text.encode()[start:end]
    assert (answer.status_code, answer.content) == (206, part)
    first = start % len(text)
    assert answer.headers["content-range"] == f"bytes {first}-{first + len(part) - 1}/{len(text)}"
    assert answer.headers["content-length"] == str(len(part))


@pytest.mark.parametrize("range_header", ["bytes=0-1,4-5", "bytes=5-2", "rows=1-2", "bytes=-", "bytes=x-"])
def test_another_range_is_answered_with_the_whole(client: httpx.Client, range_header: str) -> None:
    dataset, path, text = with_file(client)
    answer = fetch(dataset, path, Range=range_header)
    assert (answer.status_code, answer.content) == (200, text.encode())


def test_a_range_after_the_end_is_refused(client: httpx.Client) -> None:
    dataset, path, text = with_file(client)
    for range_header in (f"bytes={len(text)}-", "bytes=-0"):
        answer = fetch(dataset, path, Range=range_header)
        assert code(answer, 416) == "range-not-satisfiable"
        assert answer.headers["content-range"] == f"bytes */{len(text)}"


def test_a_download_is_resumed_only_if_it_is_the_same_file(client: httpx.Client) -> None:
    dataset, path, text = with_file(client)
    etag = fetch(dataset, path).headers["etag"]
    assert fetch(dataset, path, Range="bytes=4-", If_Range=etag).status_code == 206
    assert fetch(dataset, path, Range="bytes=4-", If_Range='"other"').content == text.encode()
    assert fetch(dataset, path, If_None_Match=etag).status_code == 304


def test_a_removed_source_file_is_gone(client: httpx.Client, service: Service) -> None:
    dataset, path, text = with_file(client)
    digest = sha256(text.encode()).hexdigest()
    service.blobs.delete(digest)
    gone = problem(fetch(dataset, path), 410)
    assert gone["type"] == "/problems/source-not-kept" and "'sales.csv'" in gone["detail"]
    assert gone["sha256"] == digest
    assert dataset.column("a") == [1]


def test_only_an_import_has_a_file(client: httpx.Client) -> None:
    other, path, _ = with_file(client)
    dataset = create_people(client, 30)
    assert code(fetch(dataset, path), 404) == "import-not-found"
    assert code(fetch(other, path + "?as_of=1"), 400) == "unknown-parameter"


def test_a_failed_import_keeps_no_file(client: httpx.Client, service: Service) -> None:
    kept = sum(1 for _ in (service.settings.data / "sources").rglob("*"))
    text = f'a,{unique("n")}\n1,"open\n'
    answer = client.post("/v1/datasets", content=text, headers={"Content-Type": "text/csv", "Prefer": "wait=30"})
    assert answer.json()["job"]["state"] == "failed"
    assert sum(1 for _ in (service.settings.data / "sources").rglob("*")) == kept
