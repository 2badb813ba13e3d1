"""Rows of fewer cells than the header: padded where most rows have as many, or by option; else rejects."""

from pathlib import Path

import pytest

from application.imports.file_format import FileOptions
from tests.interfaces.formats.reading import read

PAD = FileOptions(short_rows="pad")


@pytest.mark.parametrize("quoted", ["x", '"x"'], ids=["without quotes", "with quotes"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_padded_rows_keep_their_lines(tmp_path: Path, quoted: str, end: str) -> None:
    lines = ["Stock of May", "", "id,name,n", f"1,{quoted},3", "", "2", "3,y", f"4,{quoted},6"]
    found = read(tmp_path, end.join(lines), PAD)
    assert found.rows == [[1, "x", 3], [2, None, None], [3, "y", None], [4, "x", 6]]
    assert (found.places, found.rejects) == ([4, 6, 7, 8], [])


def test_a_padded_row_that_is_rejected_is_shown_as_it_was_written(tmp_path: Path) -> None:
    found = read(tmp_path, "id,n,note\n1,2\nx,5\n1,7\n4,6\n", key=("id",))
    assert found.faults == [(4, "id", "primary-key", "1,7")]
    assert found.rejects[0].cells == ("1", "7", "")


def test_a_file_of_many_short_rows_is_padded_to_its_end(tmp_path: Path) -> None:
    found = read(tmp_path, "a,b,c,d\n" + "1,x,2.5\n" * 60_000 + "2,y\n" + "3,z,1.5,w\n")
    assert (len(found.rows), found.rows[-1]) == (60_001, [3, "z", found.rows[-1][2], "w"])
    assert found.faults == [(60_002, "c", "missing-cell", "2,y")]
    assert found.table.notes[-1].startswith("Short rows were padded with nulls: all of the first ")


def test_one_short_row_alone_is_padded_too(tmp_path: Path) -> None:
    assert read(tmp_path, "id,name,lat\n1,Ann\n").rows == [[1, "Ann", None]]
