"""Access: what a principal may see and do in a workspace. Every lookup and every command takes one."""

from dataclasses import dataclass
from uuid import UUID

from domain.access.grants import Action, Grant
from domain.access.permissions import may
from domain.access.principal import Principal

ALL_RECORDS, NO_RECORDS = "all", "none"
"""The views of a dataset that exist today: all of its columns and records, or nothing."""


@dataclass(frozen=True, slots=True)
class Access:
    """The access of one request, job or command; `grants` are those in `workspace`."""

    principal: Principal
    workspace: str
    grants: tuple[Grant, ...] = ()

    @property
    def sees_workspace(self) -> bool:
        """Whether the principal may read anything in the workspace."""
        return self.may_somewhere(Action.READ)

    def may(self, action: Action, dataset: UUID | None = None) -> bool:
        """Whether the principal may do this with a dataset of the workspace; None: with the whole workspace."""
        return may(self.grants, action, dataset)

    def may_somewhere(self, action: Action) -> bool:
        """Whether it may do this with the workspace or with any of its datasets."""
        return any(may((grant,), action, grant.dataset) for grant in self.grants)

    def sees(self, workspace: str, dataset: UUID) -> bool:
        """Whether it may read this dataset, which is one of `workspace`."""
        return workspace == self.workspace and self.may(Action.READ, dataset)

    def visible_datasets(self) -> frozenset[UUID] | None:
        """The datasets it may read; None: all of the workspace."""
        if self.may(Action.READ):
            return None
        return frozenset(grant.dataset for grant in self.grants if grant.dataset is not None)

    def view(self, dataset: UUID) -> str:
        """Names what it sees of a dataset. What is derived from a dataset is shared by equal views only."""
        return ALL_RECORDS if self.may(Action.READ, dataset) else NO_RECORDS
