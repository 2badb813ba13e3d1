"""Responses are compressed if the client accepts it and it is worth it."""

import gzip
import zlib
from collections.abc import Iterator

import httpx
import pytest
import zstandard

from interfaces.http.middleware.compression import LARGE_BYTES
from interfaces.http.middleware.content_codings import coding_for, compress_content
from tests.given import Dataset, create_dataset, import_csv, problem


@pytest.fixture(scope="module")
def dataset(client: httpx.Client) -> Dataset:
    return import_csv(client, "number,text\n" + "".join(f"{n},some text number {n}\n" for n in range(3_000)))


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("zstd;q=0.5, gzip;q=0.8", "gzip"),
        ("zstd;q=0, gzip;q=0.1", "gzip"),
        ("GZIP;Q=1", "gzip"),
        ("*", "zstd"),
        ("zstd;q=0, *", "gzip"),
        ("*;q=0", None),
        ("gzip;q=0", None),
        ("gzip;q=much", None),
        ("br, deflate", None),
        ("identity", None),
        ("", None),
    ],
)
def test_the_coding_is_negotiated(accepted: str, coding: str | None) -> None:
    assert coding_for(accepted.encode()) == coding


@pytest.mark.parametrize("coding", ["zstd", "gzip"])
def test_a_compressed_page_is_the_same(dataset: Dataset, coding: str) -> None:
    plain, packed = raw(dataset, "/records?limit=200"), raw(dataset, "/records?limit=200", coding)
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == coding
    assert int(packed.headers["content-length"]) == len(packed.content) < len(plain.content) / 4
    assert unpacked(packed) == plain.content
    assert packed.headers["etag"] == plain.headers["etag"]
    for answer in (plain, packed):
        assert "Accept-Encoding" in answer.headers["vary"]


@pytest.mark.parametrize("coding", ["zstd", "gzip"])
def test_a_long_page_too(dataset: Dataset, coding: str) -> None:
    wide = import_csv(dataset.client, "text\n" + "".join(f"{n:09d}{'x' * 500}\n" for n in range(1_000)))
    plain, packed = raw(wide, "/records?limit=1000"), raw(wide, "/records?limit=1000", coding)
    assert len(plain.content) > LARGE_BYTES
    assert unpacked(packed) == plain.content


@pytest.mark.parametrize("coding", ["zstd", "gzip"])
def test_an_export_is_compressed_as_it_comes(dataset: Dataset, coding: str) -> None:
    plain, packed = raw(dataset, "/export"), raw(dataset, "/export", coding)
    assert packed.headers["content-encoding"] == coding
    assert "content-length" not in packed.headers
    assert unpacked(packed) == plain.content


def test_each_piece_of_an_export_can_be_read_when_it_comes(dataset: Dataset) -> None:
    unpacker, seen = zlib.decompressobj(31), b""
    with dataset.client.stream("GET", f"{dataset.url}/export", headers={"Accept-Encoding": "gzip"}) as answer:
        for piece in answer.iter_raw():
            seen += unpacker.decompress(piece)
            assert seen.startswith(b"number,text\n")
    assert seen.count(b"\n") == 3_001


def test_a_small_answer_is_not_compressed(client: httpx.Client) -> None:
    answer = raw(create_dataset(client), "", "gzip")
    assert len(answer.content) < 1_000
    assert "content-encoding" not in answer.headers


def test_events_are_not_compressed(client: httpx.Client, dataset: Dataset) -> None:
    job = dataset.get_json("/imports")["data"][0]["job"]
    answer = client.get(f"/v1/jobs/{job}/events", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert "content-encoding" not in answer.headers


def test_a_file_and_a_part_of_it_come_as_they_are(dataset: Dataset) -> None:
    import_id = dataset.get_json("/imports")["data"][0]["id"]
    whole = raw(dataset, f"/imports/{import_id}/source", "gzip")
    part = dataset.client.get(
        f"{dataset.url}/imports/{import_id}/source", headers={"Accept-Encoding": "gzip", "Range": "bytes=0-1999"}
    )
    assert part.status_code == 206 and whole.content[:2_000] == part.content
    for answer in (whole, part):
        assert "content-encoding" not in answer.headers


def test_what_has_not_changed_has_no_content_to_compress(dataset: Dataset) -> None:
    tag = raw(dataset, "/records", "gzip").headers["etag"]
    answer = dataset.client.get(f"{dataset.url}/records", headers={"Accept-Encoding": "gzip", "If-None-Match": tag})
    assert (answer.status_code, answer.content) == (304, b"")


def test_an_error_is_compressed_like_any_answer(dataset: Dataset) -> None:
    body = {f"field {number}": 1 for number in range(50)}
    answer = dataset.send("POST", "/records", body, accept_encoding="gzip")
    assert len(problem(answer, 422)["errors"]) == 50
    assert (answer.headers["content-encoding"], answer.headers["vary"]) == ("gzip", "Accept-Encoding")


def test_both_codings_give_back_what_they_were_given() -> None:
    assert gzip.decompress(compress_content(b"x" * 5_000, "gzip")) == b"x" * 5_000
    assert zstandard.ZstdDecompressor().decompress(compress_content(b"x" * 5_000, "zstd")) == b"x" * 5_000


def raw(dataset: Dataset, path: str, coding: str = "identity") -> httpx.Response:
    """The answer with its content as it came."""
    url = dataset.url + path
    with dataset.client.stream("GET", url, headers={"Accept-Encoding": coding}) as answer:
        content = b"".join(answer.iter_raw())
    headers = [(name, value) for name, value in answer.headers.items()]
    bare = httpx.Response(answer.status_code, content=content)
    bare.headers = httpx.Headers(headers)
    return bare


def unpacked(answer: httpx.Response) -> bytes:
    if answer.headers["content-encoding"] == "gzip":
        return gzip.decompress(answer.content)
    return b"".join(_zstd_pieces(answer.content))


def _zstd_pieces(content: bytes) -> Iterator[bytes]:
    yield zstandard.ZstdDecompressor().decompressobj().decompress(content)
