"""Roles, and the grants that give them to principals in a workspace or in one dataset."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from uuid import UUID


class Role(IntEnum):
    """The roles; each includes the lower ones."""

    VIEWER = 1
    EDITOR = 2
    OWNER = 3
    ADMIN = 4


class Action(StrEnum):
    """The kinds of actions; `manage` is to decide who else has access, and how the dataset is run."""

    READ = "read"
    WRITE = "write"
    MANAGE = "manage"


@dataclass(frozen=True, slots=True)
class Grant:
    """A role in one dataset, or, if `dataset` is None, in the workspace with all present and future datasets."""

    role: Role
    dataset: UUID | None = None
