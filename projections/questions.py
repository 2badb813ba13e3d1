"""What is asked of a dataset at a version: a filter, a sort and a search, checked against its columns."""

from dataclasses import dataclass, field

from domain.filter_cursor import FilterLimits
from domain.filter_text import parse_filter
from domain.filter_tree import Filter
from domain.filters import checked
from domain.schema import Definition
from domain.sorting import MOST_KEYS, SortKey, parse_sort
from projections.filter_sql import filter_sql
from projections.ordering import with_id
from projections.sql_pieces import NO_CONDITION, Piece, filled


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was put, and as a cursor carries it on. `now`: what `now()` means, an RFC 3339 time."""

    filter: str = ""
    sort: str = ""
    search: str = ""
    now: str = ""


@dataclass(frozen=True, slots=True)
class AskLimits:
    """How long and deep a filter may be, and how many columns a sort may have."""

    filter: FilterLimits = field(default_factory=FilterLimits)
    sort_columns: int = MOST_KEYS


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, checked: the filter as a tree (None: every record) and as a condition, the sort's keys."""

    asked: Asked
    tree: Filter | None
    where: Piece
    keys: tuple[SortKey, ...]

    @property
    def keeps_all(self) -> bool:
        """Whether every record answers it."""
        return self.where is NO_CONDITION


def ask(definition: Definition, asked: Asked, limits: AskLimits) -> Question:
    """Raises BadRequest, pointing at the character, for a filter or sort that does not fit the columns."""
    tree, where = None, NO_CONDITION
    if asked.filter.strip():
        tree = checked(parse_filter(asked.filter, limits.filter), definition)
        text, parameters = filter_sql(tree)
        where = filled("({0})", Piece(text, tuple(parameters)))
    keys = with_id(parse_sort(asked.sort, definition, limits.sort_columns))
    return Question(asked, tree, where, keys)
