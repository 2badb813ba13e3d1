"""What a principal was granted: a role in the whole workspace, or in one of its datasets."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from uuid import UUID


class Role(IntEnum):
    """Each role includes those below it."""

    VIEWER = 1
    EDITOR = 2
    OWNER = 3
    ADMIN = 4


class Action(StrEnum):
    """`manage`: decide who else may see and change it, and how it is run."""

    READ = "read"
    WRITE = "write"
    MANAGE = "manage"


@dataclass(frozen=True, slots=True)
class Grant:
    """`dataset` None: the whole workspace with all of its datasets, those to come as well."""

    role: Role
    dataset: UUID | None = None
