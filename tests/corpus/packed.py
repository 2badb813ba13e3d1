"""Packed files: unpacked by content, whatever their name; several files in one, a password or damage are refused."""

import bz2
import gzip
import io
import zipfile

import zstandard

from tests.corpus.case import Case, refused, table

TEXT = b"a,b\n1,x\n2,y\n"
READ = table({"a": "integer", "b": "string"}, [1, "x"], [2, "y"], format="csv")
JSON = b'[{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]'


def zipped(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def encrypted(data: bytes) -> bytes:
    """The archive, marked as encrypted: the flag is set in both headers of a member."""
    changed = bytearray(data)
    changed[data.index(b"PK\x03\x04") + 6] |= 1
    changed[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(changed)


def damaged(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 0xFF, data[middle + 1] ^ 0xFF]) + data[middle + 2 :]


LONG = b"a,b\n" + b"".join(b"%d,%d\n" % (n, n * n * 7919 % 10_007) for n in range(2_000))

CASES = (
    Case("gzip", gzip.compress(TEXT), READ, filename="file.csv.gz"),
    Case("gzip of two members", gzip.compress(TEXT[:8]) + gzip.compress(TEXT[8:]), READ, filename="file.csv.gz"),
    Case("gzip under another name", gzip.compress(TEXT), READ, filename="file.csv"),
    Case("bzip2", bz2.compress(TEXT), READ, filename="file.csv.bz2"),
    Case("bzip2 of two streams", bz2.compress(TEXT[:8]) + bz2.compress(TEXT[8:]), READ, filename="file.csv.bz2"),
    Case("Zstandard", zstandard.compress(TEXT), READ, filename="file.csv.zst"),
    Case(
        "Zstandard of two frames",
        zstandard.compress(TEXT[:8]) + zstandard.compress(TEXT[8:]),
        READ,
        filename="file.csv.zst",
    ),
    Case("ZIP", zipped({"people.csv": TEXT}), READ, filename="people.zip"),
    Case("ZIP with a folder", zipped({"data/people.csv": TEXT, "data/": b""}), READ, filename="people.zip"),
    Case(
        "ZIP with what macOS adds",
        zipped({"people.csv": TEXT, "__MACOSX/people.csv": b"x"}),
        READ,
        filename="people.zip",
    ),
    Case(
        "ZIP of JSON",
        zipped({"people.json": JSON}),
        table({"a": "integer", "b": "string"}, [1, "x"], [2, "y"], format="json"),
        filename="people.zip",
    ),
    Case(
        "gzip of NDJSON, detected by the name inside",
        gzip.compress(b'{"a": 1}\n'),
        table({"a": "integer"}, [1], format="ndjson"),
        filename="people.ndjson.gz",
    ),
    Case("gzip in gzip", gzip.compress(gzip.compress(TEXT)), READ, filename="file.csv.gz.gz"),
    Case(
        "gzip in gzip in gzip in gzip",
        gzip.compress(gzip.compress(gzip.compress(gzip.compress(TEXT)))),
        refused("nested-too-deep"),
        filename="file.csv.gz",
    ),
    Case("ZIP of two files", zipped({"a.csv": TEXT, "b.csv": TEXT}), refused("several-files"), filename="two.zip"),
    Case("ZIP of nothing", zipped({}), refused("empty-archive"), filename="none.zip"),
    Case("ZIP of an empty file", zipped({"a.csv": b""}), refused("empty-file"), filename="empty.zip"),
    Case("ZIP with a password", encrypted(zipped({"a.csv": TEXT})), refused("encrypted-file"), filename="secret.zip"),
    Case("ZIP cut off", zipped({"a.csv": LONG})[:-30], refused("truncated-file"), filename="cut.zip"),
    Case("ZIP with changed bytes", damaged(zipped({"a.csv": LONG})), refused("corrupt-file"), filename="bad.zip"),
    Case("gzip cut off", gzip.compress(LONG)[:-500], refused("truncated-file"), filename="cut.csv.gz"),
    Case("gzip without its last bytes", gzip.compress(LONG)[:-4], refused("truncated-file"), filename="cut.csv.gz"),
    Case("gzip with changed bytes", damaged(gzip.compress(LONG)), refused("corrupt-file"), filename="bad.csv.gz"),
    Case("bzip2 cut off", bz2.compress(LONG)[:-50], refused("truncated-file"), filename="cut.csv.bz2"),
    Case("Zstandard cut off", zstandard.compress(LONG)[:-50], refused("truncated-file"), filename="cut.csv.zst"),
    Case(
        "gzip of an image",
        gzip.compress(b"\x89PNG\r\n\x1a\n" + bytes(100)),
        refused("unsupported-format"),
        filename="file.csv.gz",
    ),
    Case(
        "a bomb of gzip", lambda: gzip.compress(bytes(64 << 20)), refused("compression-ratio"), filename="bomb.csv.gz"
    ),
    Case(
        "a bomb of ZIP",
        lambda: zipped({"bomb.csv": b"1,2\n" * (16 << 20)}),
        refused("compression-ratio"),
        filename="bomb.zip",
    ),
    Case(
        "a bomb of bzip2",
        lambda: bz2.compress(b"1,2\n" * (5 << 20)),
        refused("compression-ratio"),
        filename="bomb.csv.bz2",
    ),
    Case(
        "a bomb of Zstandard",
        zstandard.compress(bytes(64 << 20)),
        refused("compression-ratio"),
        filename="bomb.csv.zst",
    ),
)
