"""Resumable uploads by the tus protocol: what was received is kept, and nothing else."""

import base64
import hashlib
import socket
import threading
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest

from application.uploads import resumable_uploads
from domain.errors import Locked
from interfaces.services import database
from interfaces.services.wiring import Service
from tests.given import Dataset, code, json_of, problem, unique

TUS = {"Tus-Resumable": "1.0.0"}
PIECE = TUS | {"Content-Type": "application/offset+octet-stream"}


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def digest(algorithm: str, data: bytes) -> str:
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"


def a_file(rows: int = 3) -> bytes:
    return (f"a,{unique('n')}\n" + "1,2\n" * rows).encode()


class Upload:
    """An upload behind the HTTP interface, and what a client asks of it."""

    def __init__(self, client: httpx.Client, length: int | None = None, **headers: str) -> None:
        length_header = {"Upload-Defer-Length": "1"} if length is None else {"Upload-Length": str(length)}
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = client.post("/v1/uploads", headers=TUS | length_header | more)
        assert answer.status_code == 201, answer.text
        self.client = client
        self.url = answer.headers["location"]
        self.id = self.url.rpartition("/")[2]
        self.begun = answer

    def patch(self, offset: int, data: bytes | Iterator[bytes] = b"", **headers: str) -> httpx.Response:
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.patch(self.url, content=data, headers=PIECE | {"Upload-Offset": str(offset)} | more)

    def head(self) -> httpx.Response:
        answer = self.client.head(self.url, headers=TUS)
        assert answer.headers["tus-resumable"] == "1.0.0"
        return answer

    @property
    def offset(self) -> int:
        return int(self.head().headers["upload-offset"])


def whole(client: httpx.Client, data: bytes, **headers: str) -> Upload:
    upload = Upload(client, len(data), **headers)
    assert upload.patch(0, data).status_code == 204
    return upload


def test_the_service_lists_its_protocol_features(client: httpx.Client, service: Service) -> None:
    answer = client.options("/v1/uploads")
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == answer.headers["tus-resumable"] == "1.0.0"
    extensions = answer.headers["tus-extension"].split(",")
    assert {"creation", "creation-with-upload", "checksum", "termination", "expiration"} <= set(extensions)
    assert answer.headers["tus-max-size"] == str(service.settings.limits.upload_bytes)
    assert answer.headers["tus-checksum-algorithm"] == "sha1,sha256,md5"


def test_a_file_is_uploaded_in_pieces(client: httpx.Client, service: Service) -> None:
    upload = Upload(client, 10, Upload_Metadata=f"filename {encoded('sälj.csv')},is_confidential")
    assert upload.begun.headers["upload-offset"] == "0"
    for offset, piece in ((0, b"abc"), (3, b""), (3, b"defg"), (7, b"hij")):
        answer = upload.patch(offset, piece)
        assert (answer.status_code, answer.headers["upload-offset"]) == (204, str(offset + len(piece)))
        assert answer.headers["tus-resumable"] == "1.0.0"
    head = upload.head()
    assert (head.headers["upload-length"], head.headers["upload-offset"]) == ("10", "10")
    assert head.headers["upload-metadata"] == f"filename {encoded('sälj.csv')},is_confidential"
    assert head.headers["cache-control"] == "no-store"
    assert (service.settings.resumable / upload.id).read_bytes() == b"abcdefghij"
    found = json_of(client.get(upload.url))
    assert (found["length"], found["received"], found["complete"]) == (10, 10, True)
    assert found["metadata"] == {"filename": "sälj.csv", "is_confidential": ""}


def test_the_first_piece_may_be_sent_with_the_creation(client: httpx.Client) -> None:
    answer = client.post("/v1/uploads", content=b"abc", headers=PIECE | {"Upload-Length": "5"})
    assert (answer.status_code, answer.headers["upload-offset"]) == (201, "3")
    location = answer.headers["location"]
    answer = client.patch(location, content=b"de", headers=PIECE | {"Upload-Offset": "3"})
    assert (answer.status_code, answer.headers["upload-offset"]) == (204, "5")


def test_the_length_may_be_declared_later(client: httpx.Client) -> None:
    upload = Upload(client)
    assert upload.head().headers["upload-defer-length"] == "1"
    assert "upload-length" not in upload.head().headers
    assert upload.patch(0, b"abc").status_code == 204
    assert code(upload.patch(3, b"d", Upload_Length="2"), 409) == "wrong-length"
    assert upload.patch(3, b"d", Upload_Length="5").status_code == 204
    assert upload.head().headers["upload-length"] == "5"
    assert code(upload.patch(4, b"e", Upload_Length="6"), 409) == "wrong-length"
    assert upload.patch(4, b"e", Upload_Length="5").headers["upload-offset"] == "5"


def test_an_empty_file_is_whole_at_once(client: httpx.Client) -> None:
    assert json_of(client.get(Upload(client, 0).url))["complete"] is True


@pytest.mark.parametrize("method", ["POST", "HEAD", "PATCH", "DELETE"])
@pytest.mark.parametrize("version", [{}, {"Tus-Resumable": "0.2.2"}], ids=["none", "0.2.2"])
def test_another_version_of_the_protocol_is_refused(
    client: httpx.Client, method: str, version: dict[str, str]
) -> None:
    url = "/v1/uploads" if method == "POST" else Upload(client, 3).url
    answer = client.request(method, url, headers=version)
    assert answer.status_code == 412 and answer.headers["tus-version"] == "1.0.0"
    if method != "HEAD":
        assert code(answer, 412) == "unsupported-tus-version"


def test_a_piece_elsewhere_than_at_the_offset_is_refused(client: httpx.Client) -> None:
    upload = Upload(client, 10)
    upload.patch(0, b"abc")
    for offset in (0, 2, 4, 10):
        refused = problem(upload.patch(offset, b"x"), 409)
        assert (refused["type"], refused["offset"]) == ("/problems/wrong-offset", 3)
    for header in ("x", "-1", "1.5", ""):
        assert code(upload.client.patch(upload.url, headers=PIECE | {"Upload-Offset": header}), 400)
    assert code(upload.client.patch(upload.url, headers=PIECE), 400) == "invalid-header"
    assert upload.offset == 3


def test_another_content_type_is_refused(client: httpx.Client) -> None:
    upload = Upload(client, 3)
    assert code(upload.patch(0, b"abc", Content_Type="text/csv"), 415) == "unsupported-media-type"
    answer = client.post("/v1/uploads", content=b"abc", headers=TUS | {"Upload-Length": "3"})
    assert code(answer, 415) == "unsupported-media-type"
    assert upload.offset == 0


def test_a_file_that_is_too_large_is_refused(client: httpx.Client, service: Service) -> None:
    most = service.settings.limits.upload_bytes
    refused = client.post("/v1/uploads", headers=TUS | {"Upload-Length": str(most + 1)})
    assert code(refused, 413) == "file-too-large"
    assert refused.headers["tus-max-size"] == str(most)
    assert "ROWLEDGER_LIMIT_UPLOAD_BYTES" in refused.text
    refused = Upload(client).patch(0, b"a", Upload_Length=str(most + 1))
    assert code(refused, 413) == "file-too-large"


def test_more_data_than_the_declared_length_is_refused(client: httpx.Client) -> None:
    upload = Upload(client, 5)
    assert code(upload.patch(0, b"abcdef"), 413) == "upload-surplus"
    assert code(upload.patch(0, iter([b"abc", b"def"])), 413) == "upload-surplus"
    assert upload.offset == 0
    assert upload.patch(0, b"abcde").status_code == 204
    assert code(upload.patch(5, b"f"), 413) == "upload-surplus"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Upload-Length": "x"},
        {"Upload-Length": "-1"},
        {"Upload-Length": "1" * 19},
        {"Upload-Length": "3", "Upload-Defer-Length": "1"},
        {"Upload-Defer-Length": "2"},
        {"Upload-Length": "3", "Upload-Metadata": "filename not-base64!"},
        {"Upload-Length": "3", "Upload-Metadata": "a YQ==,a YQ=="},
        {"Upload-Length": "3", "Upload-Metadata": ",,"},
    ],
    ids=str,
)
def test_an_invalid_creation_is_refused(client: httpx.Client, headers: dict[str, str]) -> None:
    answer = client.post("/v1/uploads", headers=TUS | headers)
    assert code(answer, 400) == "invalid-header"
    assert answer.headers["tus-resumable"] == "1.0.0"


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "md5"])
def test_a_piece_with_its_checksum_is_kept_whole_or_not_at_all(client: httpx.Client, algorithm: str) -> None:
    upload = Upload(client, 3_000_010)
    assert upload.patch(0, b"0123456789", Upload_Checksum=digest(algorithm, b"0123456789")).status_code == 204
    piece = b"x" * 3_000_000
    assert code(upload.patch(10, piece, Upload_Checksum=digest(algorithm, b"y")), 460) == "checksum-mismatch"
    assert upload.offset == 10
    assert upload.patch(10, piece, Upload_Checksum=digest(algorithm, piece)).status_code == 204


@pytest.mark.parametrize("checksum", ["crc7 YQ==", "sha1", "sha1 !", "sha1 YQ==", ""])
def test_an_unsupported_checksum_is_refused(client: httpx.Client, checksum: str) -> None:
    upload = Upload(client, 3)
    assert upload.patch(0, b"abc", Upload_Checksum=checksum).status_code == 400
    assert upload.offset == 0


def test_a_terminated_upload_is_gone(client: httpx.Client, service: Service) -> None:
    upload = whole(client, b"abc")
    assert client.delete(upload.url, headers=TUS).status_code == 204
    assert upload.head().status_code == 404
    assert code(client.delete(upload.url, headers=TUS), 404) == "upload-not-found"
    assert code(upload.patch(3), 404) == "upload-not-found"
    assert not (service.settings.resumable / upload.id).exists()


def test_what_is_no_upload_is_not_found(client: httpx.Client) -> None:
    for name in ("7", "00000000-0000-4000-8000-000000000000"):
        answer = client.head(f"/v1/uploads/{name}", headers=TUS)
        assert answer.status_code == 404 and "upload-offset" not in answer.headers
        assert answer.headers["tus-resumable"] == "1.0.0"


def test_a_method_may_be_overridden(client: httpx.Client) -> None:
    upload = Upload(client, 3)
    answer = client.post(
        upload.url, content=b"abc", headers=PIECE | {"Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    )
    assert (answer.status_code, answer.headers["upload-offset"]) == (204, "3")
    assert client.post(upload.url, headers=TUS).status_code == 405


def test_an_upload_expires_and_is_swept(client: httpx.Client, service: Service) -> None:
    upload = whole(client, b"abc")
    kept = Upload(client, 3)
    assert parsedate_to_datetime(upload.begun.headers["upload-expires"]).tzinfo is not None
    stray = service.settings.resumable / "stray"
    stray.touch()
    with database.transaction(service.pool) as cursor:
        cursor.execute(
            "UPDATE uploads SET expires_at = now() - interval '1 second' WHERE upload_id = %s", [upload.id]
        )
    assert code(upload.patch(3), 410) == "upload-expired"
    assert upload.head().status_code == 410
    assert code(client.post("/v1/datasets", params={"upload": upload.id}), 410) == "upload-expired"
    with database.transaction(service.pool) as cursor:
        assert resumable_uploads.sweep(cursor, service.settings.resumable) >= 1
    assert upload.head().status_code == 404
    assert not (service.settings.resumable / upload.id).exists()
    assert kept.head().status_code == 200
    assert stray.exists(), "it may be of an upload that is just being made"
    stray.unlink()


def test_an_upload_that_is_being_written_is_not_swept(client: httpx.Client, service: Service) -> None:
    upload = Upload(client, 3)
    folder = service.settings.resumable
    with database.transaction(service.pool) as cursor:
        cursor.execute(
            "UPDATE uploads SET expires_at = now() - interval '1 second' WHERE upload_id = %s", [upload.id]
        )
        with resumable_uploads.lock_upload(folder, UUID(upload.id)):
            resumable_uploads.sweep(cursor, folder)
    assert (folder / upload.id).exists()


def test_of_two_concurrent_writers_one_is_told_to_retry(client: httpx.Client, service: Service) -> None:
    upload, go_on = Upload(client, 2_000_002), threading.Event()

    def slowly() -> Iterator[bytes]:
        yield bytes(2_000_000)
        go_on.wait(20)
        yield b"cd"

    answers: list[httpx.Response] = []
    with httpx.Client(base_url=client.base_url, timeout=60) as other:
        headers = PIECE | {"Upload-Offset": "0"}
        first = threading.Thread(
            target=lambda: answers.append(other.patch(upload.url, content=slowly(), headers=headers))
        )
        first.start()
        _until_written(service, upload)
        assert code(upload.patch(0, b"x"), 423) == "upload-locked"
        assert code(client.delete(upload.url, headers=TUS), 423) == "upload-locked"
        assert code(client.post("/v1/datasets", json={"upload": upload.id}), 423) == "upload-locked"
        go_on.set()
        first.join()
    assert (answers[0].status_code, upload.offset) == (204, 2_000_002)


def _until_written(service: Service, upload: Upload) -> None:
    """Wait until a part of a long piece is in the file, so that the service is still receiving it."""
    for _ in range(2_000):
        if (service.settings.resumable / upload.id).stat().st_size >= 1_000_000:
            return
        threading.Event().wait(0.01)
    raise AssertionError("nothing was written")


def cut_off(client: httpx.Client, service: Service, upload: Upload, announced: int, sent: bytes, *more: str) -> None:
    """A PATCH whose connection ends after `sent` (some megabytes), though more was announced."""
    lines = [
        f"PATCH {upload.url} HTTP/1.1",
        "Host: localhost",
        f"Content-Length: {announced}",
        *(f"{name}: {value}" for name, value in (PIECE | {"Upload-Offset": "0"}).items()),
        *more,
    ]
    address = urlsplit(str(client.base_url))
    with socket.create_connection((address.hostname or "", address.port or 0)) as connection:
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + sent)
        _until_written(service, upload)
    _until_free(service, upload)


def _until_free(service: Service, upload: Upload) -> None:
    for _ in range(500):
        try:
            with resumable_uploads.lock_upload(service.settings.resumable, UUID(upload.id)):
                return
        except Locked:
            threading.Event().wait(0.01)
    raise AssertionError("the lock was never given back")


def test_data_received_before_the_connection_was_cut_is_kept(client: httpx.Client, service: Service) -> None:
    data = a_file(rows=1_000_000)
    upload = Upload(client, len(data))
    cut_off(client, service, upload, len(data), data[:2_500_000])
    offset = upload.offset
    assert 2_000_000 <= offset <= 2_500_000
    assert upload.patch(offset, data[offset:]).status_code == 204
    assert (service.settings.resumable / upload.id).read_bytes() == data


def test_nothing_is_kept_of_a_piece_with_a_checksum_that_was_cut_off(client: httpx.Client, service: Service) -> None:
    upload, data = Upload(client, 3_000_000), b"x" * 3_000_000
    cut_off(client, service, upload, len(data), data[:2_000_000], f"Upload-Checksum: {digest('sha1', data)}")
    assert upload.offset == 0
    assert upload.patch(0, data, Upload_Checksum=digest("sha1", data)).status_code == 204


def test_data_that_was_not_recorded_before_a_crash_is_written_again(client: httpx.Client, service: Service) -> None:
    upload = Upload(client, 6)
    upload.patch(0, b"abc")
    with (service.settings.resumable / upload.id).open("ab") as file:
        file.write(b"half a piece")
    assert upload.offset == 3
    assert upload.patch(3, b"def").status_code == 204
    assert (service.settings.resumable / upload.id).read_bytes() == b"abcdef"


def imported(client: httpx.Client, upload: Upload, **fields: object) -> Dataset:
    answer = client.post("/v1/datasets", json={"upload": upload.url, **fields}, headers={"Prefer": "wait=30"})
    body = json_of(answer, 202)
    assert body["job"]["state"] == "succeeded", body
    return Dataset(client, body["dataset"]["id"])


def test_a_whole_upload_is_imported_in_place_of_a_file(client: httpx.Client, service: Service) -> None:
    data = f"sku,{unique('n')}\na,1\nb,2\n".encode()
    upload = whole(client, data, Upload_Metadata=f"filename {encoded('stock.csv')}")
    dataset = imported(client, upload, name="Stock", key=["sku"], description="what is there", options={})
    found = dataset.get_json()
    assert (found["name"], found["key"], found["description"]) == ("Stock", ["sku"], "what is there")
    (run,) = dataset.get_json("/imports")["data"]
    assert run["source"] == {
        "filename": "stock.csv",
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    assert dataset.get(f"/imports/{run['id']}/source").content == data
    assert upload.head().status_code == 404, "it was used up"
    assert not (service.settings.resumable / upload.id).exists()


def test_an_upload_may_be_named_in_the_query(client: httpx.Client) -> None:
    upload = whole(client, a_file(), Upload_Metadata=f"filename {encoded('numbers.csv')}")
    answer = client.post("/v1/datasets", params={"upload": upload.id, "key": ""}, headers={"Prefer": "wait=30"})
    assert json_of(answer, 202)["dataset"]["name"] == "numbers"
    upload = whole(client, a_file())
    headers = {"Content-Type": "text/csv"}
    answer = client.post("/v1/datasets", params={"upload": upload.id}, content=b"a,b\n", headers=headers)
    assert code(answer, 400) == "upload-and-file"


def test_an_upload_is_used_up_only_if_the_import_was_accepted(client: httpx.Client, service: Service) -> None:
    data, before = a_file(), set(service.settings.uploads.iterdir())
    imported(client, whole(client, data))
    again = whole(client, data)
    assert code(client.post("/v1/datasets", json={"upload": again.id}), 409) == "duplicate-file"
    picture = whole(client, b"\x89PNG\r\n\x1a\n")
    assert code(client.post("/v1/datasets", json={"upload": picture.id}), 415) == "unsupported-format"
    assert (again.offset, picture.offset) == (len(data), 8)
    assert set(service.settings.uploads.iterdir()) <= before
    answer = client.post("/v1/datasets", params={"duplicates": "allow"}, json={"upload": again.id})
    assert json_of(answer, 202) and again.head().status_code == 404


@pytest.mark.parametrize(
    ("fields", "status", "name"),
    [
        ({"upload": "00000000-0000-4000-8000-000000000000"}, 404, "upload-not-found"),
        ({"upload": "seven"}, 400, "invalid-upload"),
        ({"upload": 7}, 422, "invalid-form"),
        ({"upload": "x", "columns": []}, 422, "unknown-field"),
        ({"name": "x", "columns": [{"name": "a", "type": "string"}], "options": {}}, 422, "unknown-field"),
    ],
    ids=str,
)
def test_a_body_that_names_no_upload_is_refused(
    client: httpx.Client, fields: dict[str, object], status: int, name: str
) -> None:
    assert code(client.post("/v1/datasets", json=fields), status) == name


def test_an_upload_that_is_not_whole_is_not_imported(client: httpx.Client) -> None:
    upload = Upload(client, 10)
    upload.patch(0, b"a,b\n")
    refused = problem(client.post("/v1/datasets", json={"upload": upload.id}), 409)
    assert refused["type"] == "/problems/upload-incomplete" and "4 of 10 bytes" in refused["detail"]
    assert upload.offset == 4


def test_bytes_that_were_lost_are_noticed(client: httpx.Client, service: Service) -> None:
    upload = whole(client, a_file())
    file: Path = service.settings.resumable / upload.id
    file.write_bytes(file.read_bytes()[:-1])
    assert code(client.post("/v1/datasets", json={"upload": upload.id}), 410) == "upload-lost"
