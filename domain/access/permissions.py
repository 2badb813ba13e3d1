"""Decides whether grants allow an action. Pure."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from domain.access.grants import Action, Grant, Role

REQUIRED_ROLE: Mapping[Action, Role] = {
    Action.READ: Role.VIEWER,
    Action.WRITE: Role.EDITOR,
    Action.MANAGE: Role.OWNER,
}
"""The lowest role that may do each action."""


def may(grants: Iterable[Grant], action: Action, dataset: UUID | None) -> bool:
    """Whether the grants allow the action on a dataset; None: on the whole workspace.

    A grant for the workspace applies to all its datasets, a grant for a dataset only to this dataset.
    """
    required = REQUIRED_ROLE[action]
    return any(grant.role >= required and (grant.dataset is None or grant.dataset == dataset) for grant in grants)
