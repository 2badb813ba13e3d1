"""Decide which rows of fewer cells than the header are padded with blank ones.

Programs leave out the last cells of a row if they are empty. That is certain only if the client says so, and likely
if most rows have the same number of cells; a single shorter row is rather damaged, and a reject. A row of one cell
may be a remark or a total, unless all rows have one.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from interfaces.formats.csv.table import Padding


def choose_padding(option: str | None, width: int, header: int, rows: Sequence[int]) -> Padding | None:
    """The padding of a table of `width` columns whose header has `header` cells (0: none); `rows` are the widths of
    the first rows. `option` is `short_rows`."""
    if option == "reject" or max(width, header) < 2:
        return None
    if option == "pad":
        return Padding(max(width, header))
    ((cells, count),) = Counter(rows).most_common(1) or [(0, 0)]
    is_usual = header and cells < width and (count == len(rows) or (count * 2 > len(rows) and cells > 1))
    return Padding(width, cells) if is_usual else None


def padding_notes(padding: Padding | None, rows: Sequence[int]) -> Iterator[str]:
    """The note that the rows of the usual width are padded; `rows` are the widths of the first rows."""
    if padding is None or padding.cells is None:
        return
    share = "all" if set(rows) == {padding.cells} else "most"
    which = f"{share} of the first {len(rows):,} rows have {padding.cells:,} of {padding.width:,} cells"
    yield f'Short rows were padded with nulls: {which} ("short_rows": "reject" rejects them).'
