"""Where rows stood in their file: kept as runs, looked up in chunks by bisection."""

from itertools import islice
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from application.imports import provenance
from application.imports.source_lines import LineRunBuilder, LineRuns
from domain.dataset.events import ChunkRef, RecordsImported, SourceFile

GAPS = st.lists(st.integers(1, 3), min_size=1, max_size=300)


def lines_of(gaps: list[int]) -> list[int]:
    """Ascending lines, some skipped."""
    line, lines = 1, []
    for gap in gaps:
        line += gap
        lines.append(line)
    return lines


@given(GAPS)
def test_each_row_has_the_line_it_was_given(gaps: list[int]) -> None:
    runs = LineRunBuilder()
    for line in lines_of(gaps):
        runs.add(line)
    assert [runs.lines.line(row) for row in range(runs.rows)] == lines_of(gaps)
    assert len(list(runs.lines.runs())) <= 1 + sum(gap > 1 for gap in gaps[1:])


def test_rows_whose_line_is_not_known_have_none() -> None:
    assert LineRuns().line(0) is None


@given(GAPS, st.integers(1, 50), st.integers(1, 1000))
def test_a_line_is_found_in_the_chunks_of_an_import(gaps: list[int], size: int, first_id: int) -> None:
    lines, runs = lines_of(gaps), LineRunBuilder()
    for line in lines:
        runs.add(line)
    texts = iter([f"[{row},{line}]\n" for row, line in runs.lines.runs()])
    chunks: dict[str, bytes] = {}
    while part := "".join(islice(texts, size)):
        chunks[str(len(chunks))] = part.encode()
    refs = tuple(ChunkRef(name, data.count(b"\n")) for name, data in chunks.items())
    changes = [(id, None if id % 5 == 0 else 7 * id) for id in range(1, first_id, 3)]
    chunks["changes"] = b"".join(
        b"[%d,null,%s]\n" % (id, b"null" if line is None else b"%d" % line) for id, line in changes
    )
    imported = RecordsImported(
        uuid4(),
        uuid4(),
        "upsert",
        SourceFile("x.csv", 1, "ab" * 32),
        *(len(lines), first_id, len(lines), 0, (ChunkRef("rows", len(lines)),)),
        line_chunks=refs,
        change_chunks=(ChunkRef("changes", len(changes)),) if changes else (),
    )
    dataset = uuid4()
    found = [
        provenance.find_line(dataset, imported, first_id + row, lambda _, ref: chunks[ref.sha256])
        for row in range(len(lines))
    ]
    assert found == lines
    for id, changed in changes:
        assert provenance.find_line(dataset, imported, id, lambda _, ref: chunks[ref.sha256]) == changed


def test_rows_are_found_by_their_lines() -> None:
    lines = LineRuns()
    lines.add([(0, 2), (3, 7), (5, 12)])
    assert lines.is_ascending
    assert list(lines.find_rows(2, 3, 8)) == [(0, 0, 3)]
    assert list(lines.find_rows(3, 11, 8)) == [(0, 1, 2), (4, 3, 2), (9, 5, 2)]
    assert list(lines.find_rows(5, 2, 8)) == []
    assert list(lines.find_rows(14, 9, 8)) == [(0, 7, 1)]
    assert list(lines.find_rows(1, 2, 8)) == [(1, 0, 1)]
    assert list(LineRuns().find_rows(1, 5, 0)) == []


def test_lines_with_two_rows_are_noticed() -> None:
    lines = LineRuns()
    lines.add([(0, 1), (2, 2)])
    assert not lines.is_ascending
    assert LineRuns().is_ascending
