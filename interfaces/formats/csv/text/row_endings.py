"""Copy clean text and append something to the end of some of its rows. Lines keep their numbers."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from interfaces.formats.csv.records import CsvRecord, read_records
from interfaces.formats.csv.table import Dialect

_BLOCK = 1 << 20


def append_to_rows(path: Path, dialect: Dialect, ending: Callable[[CsvRecord], str]) -> Iterator[bytes]:
    """Yield the text with the `ending` of each row at its end. The header and records with a fault stay as they are;
    skipped lines are blank."""
    line = 1
    with closing(read_records(path, dialect)) as records:
        for place, record in enumerate(records):
            yield dialect.line_end.encode() * (record.line - line)
            line = record.line + record.raw.count("\n")
            is_header = place == 0 and dialect.header
            text = "" if is_header or record.fault is not None else ending(record)
            if text:
                body = record.raw.rstrip("\r\n")
                yield f"{body}{text}{record.raw[len(body) :]}".encode()
            else:
                yield record.raw.encode()


def read_line_blocks(path: Path, end: bytes) -> Iterator[bytes]:
    """The bytes of a file in blocks of about a megabyte, which begin with a line and end after one.

    The last block may lack the line end.
    """
    rest = b""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            lines, mark, rest = (rest + block).rpartition(end)
            yield lines + mark
    yield rest
