"""The fast scan and the XML parser agree on every XLSX file of the corpus: columns, types, rows, rejects, notes."""

from pathlib import Path

from domain.errors import Refusal
from interfaces.formats import workbook_formats
from interfaces.formats.registry import HEAD_BYTES
from tests.corpus.test_corpus import THEMES, everything_read
from tests.interfaces.formats.workbooks.workbook_files import without_fast_scan


def test_both_readers_agree_on_every_xlsx_file(tmp_path: Path) -> None:
    compared, different = 0, []
    for theme, cases in THEMES.items():
        for case in cases:
            path = tmp_path / "upload"
            path.write_bytes(case.content())
            if not _is_xlsx(path):
                continue
            compared += 1
            scanned = everything_read(path, tmp_path, case)
            with without_fast_scan():
                parsed = everything_read(path, tmp_path, case)
            if parsed != scanned:
                different.append((theme, case.title, scanned, parsed))
    assert different == []
    assert compared >= 80


def _is_xlsx(path: Path) -> bool:
    try:
        return workbook_formats.detect_workbook_format(path, path.read_bytes()[:HEAD_BYTES]) == "xlsx"
    except Refusal:
        return False
