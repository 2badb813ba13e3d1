"""What a client can change about the columns of a dataset, in one version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from domain.columns import ColumnType, Value


class OnFailure(StrEnum):
    """What becomes of a value that does not convert: the change is refused, or the value becomes null."""

    REFUSE = "refuse"
    NULL = "null"


@dataclass(frozen=True, slots=True)
class ColumnChange:
    """The changes of one column; None: unchanged. `format` is the notation of its values as text."""

    name: str | None = None
    type: ColumnType | None = None
    format: str | None = None
    on_failure: OnFailure = OnFailure.REFUSE
    required: bool | None = None
    unique: bool | None = None


@dataclass(frozen=True, slots=True)
class NewColumn:
    """A column to add; all records get the value `default`."""

    name: str
    type: ColumnType
    default: Value = None
    required: bool = False
    unique: bool = False


@dataclass(frozen=True, slots=True)
class ColumnChanges:
    """Changes of columns by name (None: the column is dropped), new columns, and the new key (None: unchanged).

    `key` contains names that the columns have after the change. `title` and `description` are new texts of the
    dataset.
    """

    columns: Mapping[str, ColumnChange | None] = field(default_factory=dict)
    added: Sequence[NewColumn] = ()
    key: Sequence[str] | None = None
    title: str | None = None
    description: str | None = None
