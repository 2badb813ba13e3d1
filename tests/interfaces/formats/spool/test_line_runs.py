"""Each accepted row has the number of the file line where it begins."""

from pathlib import Path

import pytest

from interfaces.formats.csv.csv_reader import describe, rows
from interfaces.formats.source import InputFile
from tests.interfaces.formats.reading import read
from tests.limits import SOURCE_LIMITS

PLACES: list[tuple[str, str, list[int]]] = [
    ("plain rows", "a,b\nx,1\ny,2\n", [2, 3]),
    ("no header", "x,1\ny,2\n", [1, 2]),
    ("a header of two lines", '"a\n",b\nx,1\n', [3]),
    ("cells of more lines", 'a,b\n"x\n\ny",1\nz,2\n"u\r\nv",3\nw,4\n', [2, 5, 6, 8]),
    ("backslashes before an n", 'a,b\n\\n,1\n"\\\n\\n",2\nx\\\\n,3\n', [2, 3, 5]),
    ("blank lines", "\na,b\n\nx,1\n\n\ny,2\n", [4, 7]),
    ("ragged rows", "a,b\nx,1\ny\nz,2\nu,1,2\nv,3\n", [2, 4, 6]),
    ("CRLF", 'a,b\r\n"x\r\ny",1\r\nz,2\r\n', [2, 4]),
    ("no row", "a,b\n", []),
]


@pytest.mark.parametrize(("data", "places"), [case[1:] for case in PLACES], ids=[case[0] for case in PLACES])
def test_rows_have_their_lines_with(tmp_path: Path, data: str, places: list[int]) -> None:
    assert read(tmp_path, data).places == places


@pytest.mark.parametrize("every", [1, 7, 9_999, 10_001])
def test_long_files_with_cells_of_two_lines(tmp_path: Path, every: int) -> None:
    cells = ['"two\nlines"' if n % every == 0 else "one" for n in range(30_000)]
    places = [2 + n + (n + every - 1) // every for n in range(30_000)]
    assert read(tmp_path, "a,b\n" + "".join(f"{cell},1\n" for cell in cells)).places == places


def test_a_plain_file_is_one_run(tmp_path: Path) -> None:
    path = tmp_path / "plain.csv"
    path.write_text("a,b\n" + "x,1\n" * 50_000)
    source = InputFile(path, path.name, tmp_path, SOURCE_LIMITS)
    assert [run for block in rows(source, describe(source)) for run in block.runs] == [(0, 2)]


def test_blocks_of_rejects_are_bounded(tmp_path: Path) -> None:
    path = tmp_path / "ragged.csv"
    path.write_text("a,b\nx,1\n" + ("y" * 100_000 + "\n") * 50 + "x,1\n" + "y\n" * 5_000)
    source = InputFile(path, path.name, tmp_path, SOURCE_LIMITS)
    blocks = [block for block in rows(source, describe(source)) if block.rejects]
    assert sum(len(block.rejects) for block in blocks) == 5_050
    assert max(sum(len(cell or "") for r in block.rejects for cell in r.cells) for block in blocks) < 1_200_000
    assert max(len(block.rejects) for block in blocks) == 1_000
