"""What every blob store must do, tested with a folder."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest

from application.imports.source_files import BlobNotFound
from application.settings import BadSetting, Settings, read_settings
from interfaces.services.files.blob_store import BlobStore

MB = 2**20
UNKNOWN = "0" * 64


@pytest.fixture(params=["folder", "URL of a folder"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    """A store that links, and one that must copy through obstore."""
    folder = tmp_path / "data"
    folder.mkdir()
    return BlobStore(folder if request.param == "folder" else folder.as_uri())


def a_file(folder: Path, data: bytes) -> tuple[Path, str]:
    path = folder / f"upload-{len(data)}"
    path.write_bytes(data)
    return path, sha256(data).hexdigest()


@pytest.mark.parametrize("size", [0, 1, MB, 6 * MB + 7])
def test_a_stored_file_can_be_read_after_its_upload_is_removed(store: BlobStore, tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    path, name = a_file(tmp_path, data)
    store.put_file(path, name)
    path.unlink()
    assert store.size(name) == size
    pieces = list(store.stream(name))
    assert b"".join(pieces) == data
    assert all(len(piece) <= 4 * MB for piece in pieces)


@pytest.mark.parametrize(
    ("start", "end"), [(0, 1), (3, 10), (99, 100), (99, 500), (50, None), (100, None), (7, 7), (500, 600)]
)
def test_a_range_can_be_read(store: BlobStore, tmp_path: Path, start: int, end: int | None) -> None:
    data = bytes(range(100))
    path, name = a_file(tmp_path, data)
    store.put_file(path, name)
    assert b"".join(store.stream(name, start, end)) == data[start:end]


def test_a_file_is_stored_under_its_hash(store: BlobStore, tmp_path: Path) -> None:
    path, name = a_file(tmp_path, b"a,b\n")
    store.put_file(path, name)
    (found,) = (one for one in (tmp_path / "data").rglob("*") if one.is_file())
    assert found.relative_to(tmp_path / "data") == Path("sources", name[:2], name[2:])


def test_a_stored_file_is_not_written_again(store: BlobStore, tmp_path: Path) -> None:
    path, name = a_file(tmp_path, b"a,b\n")
    store.put_file(path, name)
    kept = tmp_path / "data" / "sources" / name[:2] / name[2:]
    before = kept.stat().st_ino
    other = tmp_path / "other"
    other.write_bytes(b"a,b\n")
    store.put_file(other, name)
    assert kept.stat().st_ino == before
    assert other.exists(), "the upload is its owner's to remove"


def test_a_folder_shares_the_bytes_of_the_upload(tmp_path: Path) -> None:
    path, name = a_file(tmp_path, b"a,b\n")
    BlobStore(tmp_path).put_file(path, name)
    assert path.stat().st_nlink == 2


def test_ten_that_put_the_same_file_at_once_all_succeed(store: BlobStore, tmp_path: Path) -> None:
    path, name = a_file(tmp_path, os.urandom(MB))
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda _: store.put_file(path, name), range(10)))
    assert b"".join(store.stream(name)) == path.read_bytes()


def test_a_missing_file_is_reported(store: BlobStore) -> None:
    with pytest.raises(BlobNotFound):
        store.size(UNKNOWN)
    with pytest.raises(BlobNotFound):
        store.stream(UNKNOWN)
    store.delete(UNKNOWN)


def test_a_deleted_file_can_be_stored_again(store: BlobStore, tmp_path: Path) -> None:
    path, name = a_file(tmp_path, b"a,b\n")
    for _ in range(2):
        store.put_file(path, name)
        store.delete(name)
        with pytest.raises(BlobNotFound):
            store.size(name)
    assert path.read_bytes() == b"a,b\n"


def test_keeping_a_file_in_a_folder_does_not_load_obstore(tmp_path: Path) -> None:
    path, name = a_file(tmp_path, b"a,b\n")
    code = (
        "import sys; from pathlib import Path; import interfaces.services.wiring;"
        "from interfaces.services.files.blob_store import BlobStore;"
        "BlobStore(Path(sys.argv[1])).put_file(Path(sys.argv[2]), sys.argv[3]); print('obstore' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(tmp_path), str(path), name]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "False\n"


def settings(**environment: str) -> Settings:
    return read_settings(environment, Path("/data"))


def test_the_setting_names_the_place() -> None:
    assert settings().blobs == Path("/data")
    assert settings(ROWLEDGER_BLOBS="s3://bucket/prefix").blobs == "s3://bucket/prefix"
    assert settings(ROWLEDGER_BLOBS="file:///mnt/files").blobs == Path("/mnt/files")


@pytest.mark.parametrize("url", ["memory:///", "bucket", "s3:/bucket", "s3://", "ftp://x/y", "/folder"])
def test_a_temporary_or_invalid_location_is_refused(url: str) -> None:
    with pytest.raises(BadSetting, match=r"ROWLEDGER_BLOBS=.*s3://"):
        settings(ROWLEDGER_BLOBS=url)
