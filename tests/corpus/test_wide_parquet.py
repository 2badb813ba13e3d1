"""The query for wide Parquet files reads every Parquet file of the corpus as the query for narrow ones does."""

from pathlib import Path

import pytest

from domain.errors import Refusal
from interfaces.formats.parquet import query
from tests.corpus import parquet_files
from tests.corpus.case import Case
from tests.corpus.test_corpus import read_case


def test_both_queries_agree_on_every_parquet_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for case in parquet_files.CASES:
        narrow = everything_read(case, tmp_path)
        with monkeypatch.context() as patch:
            patch.setattr(query, "WIDE_COLUMNS", 1)
            assert everything_read(case, tmp_path) == narrow, case.title


def everything_read(case: Case, scratch: Path) -> object:
    """All that a reading finds, or the code of its refusal."""
    path = scratch / "upload"
    path.write_bytes(case.content())
    try:
        found, blocks = read_case(path, scratch, case)
    except Refusal as refusal:
        return refusal.code
    lines = b"".join(block.lines for block in blocks)
    return found.columns, found.notes, lines, [reject for block in blocks for reject in block.rejects]
