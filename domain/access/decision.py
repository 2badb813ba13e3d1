"""The decision itself. It reads nothing but its arguments."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from domain.access.grants import Action, Grant, Role

REQUIRED_ROLE: Mapping[Action, Role] = {
    Action.READ: Role.VIEWER,
    Action.WRITE: Role.EDITOR,
    Action.MANAGE: Role.OWNER,
}
"""The lowest role that may do it."""


def may(grants: Iterable[Grant], action: Action, dataset: UUID | None) -> bool:
    """Whether the grants allow the action on a dataset; None: on the whole workspace.

    A grant for the workspace counts for each of its datasets, a grant for a dataset for that one alone.
    """
    required = REQUIRED_ROLE[action]
    return any(grant.role >= required and (grant.dataset is None or grant.dataset == dataset) for grant in grants)
