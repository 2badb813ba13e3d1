"""How the columns of a file map to those of a dataset, and what a merge of its rows changed."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MergeLayout:
    """How a file's columns map to the dataset's columns.

    `sources` has the file's column for each position. None means that the file has no such column: the record keeps
    its value (`keeps`) or gets null. `is_plain`: the file has exactly the dataset's columns.
    """

    sources: tuple[int | None, ...]
    keeps: bool
    is_plain: bool


@dataclass(frozen=True, slots=True)
class MergeCounts:
    """The numbers of records that a merge added, changed and removed."""

    added: int
    changed: int
    removed: int
