"""Find the few values of another kind in a column, in files whose values have types: workbooks and JSON."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum

from interfaces.formats.values.mismatch_notes import MAX_EXAMPLES, MIN_NEAR_SHARE


class ValueGroup(Enum):
    """Values of one group can have one type."""

    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    OFFSET_TIME = "time with an offset"
    TEXT = "text"
    NESTED = "nested"


@dataclass(frozen=True, slots=True)
class Majority:
    """The group of nearly all values of a column, the first values of other groups with their lines, and how many
    more there are."""

    group: ValueGroup
    others: tuple[tuple[int, bytes], ...]
    more: int


@dataclass(slots=True)
class MixedValues:
    """Counts the values of a column by group and remembers the first of each.

    `classify` returns the group of a value, or None for a null.
    """

    classify: Callable[[bytes], ValueGroup | None]
    _counts: dict[ValueGroup, int] = field(default_factory=dict)
    _first: dict[ValueGroup, list[tuple[int, bytes]]] = field(default_factory=dict)

    def add(self, cells: Iterable[tuple[int, bytes]]) -> None:
        """Add values with the numbers of their lines, which ascend."""
        for number, cell in cells:
            group = self.classify(cell)
            if group is None:
                continue
            count = self._counts[group] = self._counts.get(group, 0) + 1
            if count <= MAX_EXAMPLES:
                self._first.setdefault(group, []).append((number, cell))

    def find_majority(self) -> Majority | None:
        """The group of nearly all values, if it is not text and some values are of another group."""
        total = sum(self._counts.values())
        group = max(self._counts, key=lambda group: self._counts[group], default=ValueGroup.TEXT)
        if group in (ValueGroup.TEXT, ValueGroup.NESTED) or not MIN_NEAR_SHARE * total <= self._counts[group] < total:
            return None
        others = sorted(each for other, found in self._first.items() if other is not group for each in found)
        shown = tuple(others[:MAX_EXAMPLES])
        return Majority(group, shown, total - self._counts[group] - len(shown))
