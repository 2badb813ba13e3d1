"""The query for wide Parquet files reads every Parquet file of the corpus as the query for narrow ones does."""

from pathlib import Path

import pytest

from interfaces.formats.parquet import query
from tests.corpus import parquet_files
from tests.corpus.test_corpus import everything_read


def test_both_queries_agree_on_every_parquet_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "upload"
    for case in parquet_files.CASES:
        path.write_bytes(case.content())
        narrow = everything_read(path, tmp_path, case)
        with monkeypatch.context() as patch:
            patch.setattr(query, "WIDE_COLUMNS", 1)
            assert everything_read(path, tmp_path, case) == narrow, case.title
