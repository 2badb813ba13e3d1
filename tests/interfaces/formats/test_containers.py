"""Packed files are unpacked, or refused with a reason; no files stay, and decompression bombs are stopped."""

import bz2
import gzip
import io
import os
import random
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
import zstandard

from domain.errors import Invalid, Refusal, TooLarge
from interfaces.formats.containers.unpacking import (
    MAX_CONTAINER_DEPTH,
    UnpackedFile,
    detect_container,
    unpack_file,
)

CSV = b"sku,price\n" + b"".join(b"%d,%d.50\n" % (n, n % 977) for n in range(5_000))
MB = 2**20

Pack = Callable[[bytes], bytes]


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return buffer.getvalue()


def in_zip(data: bytes) -> bytes:
    return zipped(("data.csv", data))


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(data)


PACKS: dict[str, Pack] = {"gzip": gzip.compress, "bzip2": bz2.compress, "zstd": zstd, "zip": in_zip}
STREAMS = [name for name in PACKS if name != "zip"]


class Unpacker:
    """Unpacks bytes in folders of its own."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "upload"
        self.scratch = folder / "scratch"
        self.scratch.mkdir()

    def __call__(
        self, data: bytes, filename: str = "data.csv.gz", max_bytes: int = 1 << 30, max_ratio: int = 200
    ) -> UnpackedFile:
        self.path.write_bytes(data)
        return unpack_file(self.path, filename, self.scratch, max_bytes=max_bytes, max_ratio=max_ratio)

    def refusal(self, data: bytes, max_bytes: int = 1 << 30, max_ratio: int = 200) -> Refusal:
        """Why the file is refused; nothing may be left of it then."""
        before = set(self.scratch.iterdir())
        with pytest.raises(Refusal) as caught:
            self(data, max_bytes=max_bytes, max_ratio=max_ratio)
        assert set(self.scratch.iterdir()) == before
        assert self.path.read_bytes() == data
        return caught.value


@pytest.fixture
def unpack(tmp_path: Path) -> Unpacker:
    return Unpacker(tmp_path)


@pytest.mark.parametrize("kind", PACKS)
def test_a_packed_file_is_detected_by_its_content_and_unpacked(unpack: Unpacker, kind: str) -> None:
    found = unpack(PACKS[kind](CSV), "whatever")
    assert found.path.read_bytes() == CSV
    assert found.path.parent == unpack.scratch
    assert found.containers == (kind,)


@pytest.mark.parametrize(
    ("kind", "given", "inner"),
    [
        ("gzip", "sales.csv.gz", "sales.csv"),
        ("gzip", "SALES.CSV.GZ", "SALES.CSV"),
        ("gzip", "sales.csv", "sales.csv"),
        ("gzip", ".gz", ".gz"),
        ("bzip2", "sales.csv.bz2", "sales.csv"),
        ("zstd", "sales.csv.zst", "sales.csv"),
        ("zstd", "sales.csv.zstd", "sales.csv"),
        ("bzip2", "sales.csv.gz", "sales.csv.gz"),
        ("zip", "sales.zip", "data.csv"),
    ],
)
def test_the_inner_name_is_the_members_or_the_outer_without_its_ending(
    unpack: Unpacker, kind: str, given: str, inner: str
) -> None:
    assert unpack(PACKS[kind](CSV), given).filename == inner


@pytest.mark.parametrize(
    "data",
    [
        CSV,
        b"",
        b"BZhour,n\n1,2\n",
        b"BZh9,n\n1,2\n",
        b"PK,n\n1,2\n",
        b"PAR1" + bytes(40),
        b"\x1f\x8b,n\n",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(64),
    ],
)
def test_what_is_not_packed_is_left_where_it_is(unpack: Unpacker, data: bytes) -> None:
    assert unpack(data, "x.csv") == UnpackedFile(unpack.path, "x.csv", ())
    assert list(unpack.scratch.iterdir()) == []


def test_a_workbook_is_not_a_container(unpack: Unpacker, tmp_path: Path) -> None:
    import_module("openpyxl").Workbook().save(tmp_path / "book.xlsx")
    sheet = zipped(("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", b"<x/>"))
    for book in ((tmp_path / "book.xlsx").read_bytes(), sheet):
        assert unpack(book, "book.xlsx") == UnpackedFile(unpack.path, "book.xlsx", ())
        inside = unpack(gzip.compress(book), "book.xlsx.gz")
        assert (inside.filename, inside.containers) == ("book.xlsx", ("gzip",))
        inside = unpack(zipped(("book.xlsx", book)), "books.zip")
        assert (inside.path.read_bytes(), inside.containers) == (book, ("zip",))


def test_a_file_named_mimetype_is_not_a_workbook(unpack: Unpacker) -> None:
    assert unpack(zipped(("mimetype", CSV))).path.read_bytes() == CSV


def test_packed_files_within_packed_files_are_unpacked(unpack: Unpacker) -> None:
    found = unpack(zipped(("exports/sales.csv.bz2.gz", gzip.compress(bz2.compress(CSV)))), "all.zip")
    assert (found.filename, found.containers) == ("sales.csv", ("zip", "gzip", "bzip2"))
    assert found.path.read_bytes() == CSV
    assert list(unpack.scratch.iterdir()) == [found.path], "what was unpacked on the way is gone"


def test_nesting_is_limited(unpack: Unpacker) -> None:
    data = CSV
    for _ in range(MAX_CONTAINER_DEPTH):
        data = gzip.compress(data)
    assert unpack(data).path.read_bytes() == CSV
    assert unpack.refusal(gzip.compress(data)).code == "nested-too-deep"


@pytest.mark.parametrize("kind", STREAMS)
def test_members_that_follow_each_other_are_one_file(unpack: Unpacker, kind: str) -> None:
    pack = PACKS[kind]
    parts = [CSV, b"", *(CSV[n : n + 1] for n in range(300)), CSV * 20]
    assert unpack(b"".join(map(pack, parts))).path.read_bytes() == b"".join(parts)


@pytest.mark.parametrize("kind", STREAMS)
@pytest.mark.parametrize("size", [0, 1, 2**20 - 1, 2**20, 2**20 + 1, 3 * 2**20])
def test_no_byte_is_lost_at_the_edge_of_a_piece(unpack: Unpacker, kind: str, size: int) -> None:
    for data in (bytes(size), random.Random(size).randbytes(size)):
        assert unpack(PACKS[kind](data), max_ratio=10_000_000).path.read_bytes() == data


def test_a_zstd_frame_without_its_size_and_with_skippable_frames_is_unpacked(unpack: Unpacker) -> None:
    streaming = zstandard.ZstdCompressor().compressobj()
    frame = streaming.compress(CSV) + streaming.flush()
    skip = b"\x53\x2a\x4d\x18" + struct.pack("<I", 5) + b"hello"
    assert unpack(skip + frame + skip).path.read_bytes() == CSV


def test_a_zstd_window_is_limited(unpack: Unpacker) -> None:
    def with_window(log: int) -> bytes:
        parameters = zstandard.ZstdCompressionParameters(window_log=log, enable_ldm=True)
        streaming = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
        return streaming.compress(CSV) + streaming.flush()

    assert unpack(with_window(27)).path.read_bytes() == CSV
    refused = unpack.refusal(with_window(28))
    assert (type(refused), refused.code) == (TooLarge, "window-too-large")
    assert "128 MB" in refused.detail


@pytest.mark.parametrize("kind", STREAMS)
def test_a_truncated_file_is_refused(unpack: Unpacker, kind: str) -> None:
    whole = PACKS[kind](CSV)
    for size in sorted(set(random.Random(7).sample(range(16, len(whole)), 25)) | {len(whole) - 1}):
        refused = unpack.refusal(whole[:size])
        assert refused.code == "truncated-file", size
        assert f"{size:,} bytes" in refused.detail


def test_a_truncated_zip_is_refused(unpack: Unpacker) -> None:
    whole = in_zip(CSV)
    for size in (20, 100, len(whole) // 2, len(whole) - 30):
        assert unpack.refusal(whole[:size]).code == "truncated-file"


@pytest.mark.parametrize("kind", PACKS)
def test_a_damaged_file_is_refused(unpack: Unpacker, kind: str) -> None:
    whole = PACKS[kind](random.Random(1).randbytes(200_000))
    for at in (len(whole) // 4, len(whole) // 2):
        spoiled = bytearray(whole)
        spoiled[at] ^= 0x55
        refused = unpack.refusal(bytes(spoiled))
        assert refused.code == "corrupt-file"
        assert any(sign.isdigit() for sign in refused.detail), "it says where"


@pytest.mark.parametrize("kind", STREAMS)
def test_data_after_the_end_is_refused_but_zeros_are_padding(unpack: Unpacker, kind: str) -> None:
    whole = PACKS[kind](CSV)
    assert unpack(whole + bytes(100_000)).path.read_bytes() == CSV
    for extra in (b"x", b"some more text\n" * 10, bytes(70_000) + b"x"):
        refused = unpack.refusal(whole + extra)
        assert refused.code == "corrupt-file" and f"{len(extra):,} other bytes" in refused.detail
    assert unpack.refusal(whole + PACKS[kind](CSV)[:30]).code == "truncated-file"


def test_folders_and_what_macos_adds_are_ignored(unpack: Unpacker) -> None:
    data = zipped(("data/", b""), ("data/a.csv", CSV), ("__MACOSX/data/._a.csv", b"x"), ("data/.DS_Store", b"x"))
    found = unpack(data)
    assert (found.filename, found.path.read_bytes()) == ("a.csv", CSV)


def test_a_zip_of_several_files_is_refused_naming_them(unpack: Unpacker) -> None:
    refused = unpack.refusal(zipped(*((f"part {n}.csv", CSV) for n in range(7))))
    assert refused.code == "several-files"
    assert "7 files ('part 0.csv', 'part 1.csv'" in refused.detail and "part 6" not in refused.detail
    assert unpack.refusal(zipped(("docs/", b""))).code == "empty-archive"
    assert unpack.refusal(zipped()).code == "empty-archive"


def test_two_members_of_one_name_are_two_files(unpack: Unpacker) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        data = zipped(("a.csv", CSV), ("a.csv", b"other"))
    assert unpack.refusal(data).code == "several-files"


@pytest.mark.parametrize(
    ("stated", "shown"), [("../../etc/passwd", "passwd"), ("/root/x.csv", "x.csv"), ("C:\\data\\y.csv", "y.csv")]
)
def test_a_members_path_is_only_a_name(unpack: Unpacker, stated: str, shown: str) -> None:
    found = unpack(zipped((stated, CSV)))
    assert (found.filename, found.path.parent) == (shown, unpack.scratch)


def test_an_encrypted_member_is_refused(unpack: Unpacker) -> None:
    data = bytearray(in_zip(CSV))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    refused = unpack.refusal(bytes(data))
    assert refused.code == "encrypted-file" and "'data.csv'" in refused.detail


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_packing_that_is_not_read_is_named(unpack: Unpacker, method: int) -> None:
    refused = unpack.refusal(zipped(("a.csv", CSV), method=method))
    assert refused.code == "unsupported-compression"
    assert ("bzip2" if method == zipfile.ZIP_BZIP2 else "LZMA") in refused.detail


def test_a_stored_member_is_unpacked(unpack: Unpacker) -> None:
    assert unpack(zipped(("a.csv", CSV), method=zipfile.ZIP_STORED)).path.read_bytes() == CSV


@pytest.mark.parametrize("stated", [10, len(CSV) - 1, len(CSV) + 1, 2**31])
def test_a_zip_with_a_wrong_size_is_refused(unpack: Unpacker, stated: int) -> None:
    data = bytearray(in_zip(CSV))
    struct.pack_into("<I", data, 22, stated)
    struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 24, stated)
    assert unpack.refusal(bytes(data)).code == "corrupt-file"


def test_a_zip_whose_list_claims_to_be_huge_is_refused(unpack: Unpacker) -> None:
    data = bytearray(in_zip(CSV))
    end = data.index(b"PK\x05\x06")
    data[end:end] = bytes(9 * MB)
    struct.pack_into("<I", data, data.index(b"PK\x05\x06", end) + 12, 9 * MB + 54)
    assert unpack.refusal(bytes(data)).code == "corrupt-file"


def test_overlapping_entries_are_still_several_files(unpack: Unpacker) -> None:
    """The bomb whose many entries share one packed kernel: it is never unpacked at all."""
    data = in_zip(bytes(MB))
    start, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    entry, tail = data[start:end], bytearray(data[end:])
    struct.pack_into("<HHI", tail, 8, 500, 500, 500 * len(entry))
    refused = unpack.refusal(data[:start] + entry * 500 + bytes(tail))
    assert refused.code == "several-files" and "500 files" in refused.detail


@pytest.mark.parametrize("kind", PACKS)
def test_a_bomb_is_refused_by_its_ratio(unpack: Unpacker, kind: str) -> None:
    refused = unpack.refusal(PACKS[kind](bytes(40 * MB)), max_ratio=100)
    assert (type(refused), refused.code) == (TooLarge, "compression-ratio")
    assert "100 times" in refused.detail and "ROWLEDGER_LIMIT_UNPACKED_RATIO" in refused.detail


def test_a_small_file_may_be_packed_tightly(unpack: Unpacker) -> None:
    assert unpack(gzip.compress(bytes(16 * MB)), max_ratio=10).path.stat().st_size == 16 * MB


@pytest.mark.parametrize("kind", PACKS)
def test_a_file_that_is_too_large_unpacked_is_refused(unpack: Unpacker, kind: str) -> None:
    packed = PACKS[kind](CSV)
    assert unpack(packed, max_bytes=len(CSV)).path.stat().st_size == len(CSV)
    refused = unpack.refusal(packed, max_bytes=len(CSV) - 1)
    assert (type(refused), refused.code) == (TooLarge, "unpacked-too-large")
    assert f"{len(CSV) - 1:,} bytes" in refused.detail and "ROWLEDGER_LIMIT_UNPACKED_BYTES" in refused.detail


def test_ratios_of_bombs_in_bombs_do_not_multiply(unpack: Unpacker) -> None:
    inner = gzip.compress(bytes(60 * MB))
    assert unpack.refusal(gzip.compress(inner), max_ratio=900).code == "compression-ratio"


@pytest.mark.parametrize("kind", [*STREAMS, "zip"])
def test_a_bomb_takes_little_memory_and_disk(unpack: Unpacker, kind: str) -> None:
    """Gigabytes of zeros (half a one as ZIP) in a process that may have 400 MB, on a disk that may grow by 65 MB."""
    bomb = unpack.path
    bomb.write_bytes(_zeros(kind))
    code = (
        "import resource, sys; from pathlib import Path; from domain.errors import TooLarge;"
        "from interfaces.formats.containers.unpacking import unpack_file;"
        f"resource.setrlimit(resource.RLIMIT_DATA, ({400 * MB},) * 2);"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({65 * MB},) * 2);\n"
        "try:\n    unpack_file(Path(sys.argv[1]), 'x', Path(sys.argv[2]), max_bytes=64 << 20, max_ratio=10**9)\n"
        "except TooLarge as error:\n    print(error.code)"
    )
    command = [sys.executable, "-c", code, str(bomb), str(unpack.scratch)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)
    assert (ended.stdout, ended.stderr) == ("unpacked-too-large\n", "")
    assert list(unpack.scratch.iterdir()) == []


def _zeros(kind: str) -> bytes:
    """Zeros, packed in parts that can follow each other."""
    if kind == "zstd":
        blocks = 2048 * 8
        header = b"\x28\xb5\x2f\xfd\x00\x58"
        block = ((128 << 10) << 3 | 1 << 1).to_bytes(3, "little") + b"\x00"
        return header + block * (blocks - 1) + (((128 << 10) << 3 | 1 << 1) | 1).to_bytes(3, "little") + b"\x00"
    if kind == "zip":
        packer = zlib.compressobj(1, zlib.DEFLATED, -15)
        data = b"".join(packer.compress(bytes(64 * MB)) for _ in range(8)) + packer.flush()
        whole = bytearray(zipped(("a.csv", b"x"), method=zipfile.ZIP_STORED))
        start = whole.index(b"PK\x01\x02")
        for at in (8, start + 10):
            struct.pack_into("<H", whole, at, zipfile.ZIP_DEFLATED)
        for at in (18, start + 20):
            struct.pack_into("<II", whole, at, len(data), 512 * MB)
        end = whole.index(b"PK\x05\x06")
        struct.pack_into("<I", whole, end + 16, start - 1 + len(data))
        return bytes(whole[: start - 1]) + data + bytes(whole[start:])
    part = PACKS[kind](bytes(64 * MB))
    return part * 32


def test_any_bytes_after_a_magic_number_are_refused_or_unpacked(unpack: Unpacker) -> None:
    """A thousand mutilated files: each ends in a refusal or a file, none in another error."""
    chance = random.Random(20240131)
    outcomes = set()
    for _ in range(1_000):
        kind = chance.choice([*PACKS])
        data = bytearray(PACKS[kind](CSV[:2_000]))
        for _ in range(chance.randint(1, 6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        if chance.random() < 0.3:
            del data[chance.randrange(1, len(data)) :]
        try:
            found = unpack(bytes(data))
            outcomes.add("unpacked" if found.containers else "left")
            if found.containers:
                found.path.unlink()
        except (Invalid, TooLarge) as refused:
            outcomes.add(refused.code)
        assert list(unpack.scratch.iterdir()) == []
    assert {"unpacked", "left", "corrupt-file", "truncated-file"} <= outcomes


def test_the_container_is_known_without_unpacking(tmp_path: Path) -> None:
    path = tmp_path / "x"
    for kind, pack in PACKS.items():
        path.write_bytes(pack(CSV))
        assert detect_container(path) == kind
