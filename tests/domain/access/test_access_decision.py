"""Who may do what: the whole table of roles, grants and actions."""

from uuid import UUID

import pytest

from domain.access.access import Access
from domain.access.grants import Action, Grant, Role
from domain.access.permissions import may
from domain.access.principal import Principal, PrincipalKind

HERE, ELSEWHERE = UUID(int=1), UUID(int=2)
READ, WRITE, MANAGE = Action

ALLOWED = {
    Role.VIEWER: {READ},
    Role.EDITOR: {READ, WRITE},
    Role.OWNER: {READ, WRITE, MANAGE},
    Role.ADMIN: {READ, WRITE, MANAGE},
}

TABLE = [
    (Grant(role, granted), action, target, action in ALLOWED[role] and granted in (None, target))
    for role in Role
    for granted in (None, HERE)
    for action in Action
    for target in (None, HERE, ELSEWHERE)
]


def access(*grants: Grant) -> Access:
    return Access(Principal(PrincipalKind.USER, "ann"), "sales", grants)


@pytest.mark.parametrize(("grant", "action", "dataset", "expected"), TABLE)
def test_a_grant_allows_what_its_role_includes_where_it_applies(
    grant: Grant, action: Action, dataset: UUID | None, expected: bool
) -> None:
    assert may([grant], action, dataset) is expected
    assert access(grant).may(action, dataset) is expected


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("dataset", [None, HERE])
def test_without_grants_nothing_is_allowed(action: Action, dataset: UUID | None) -> None:
    assert not may([], action, dataset)
    assert not access().may_somewhere(action)


def test_of_several_grants_one_is_enough() -> None:
    grants = [Grant(Role.VIEWER), Grant(Role.EDITOR, HERE)]
    assert may(grants, WRITE, HERE) and may(grants, READ, ELSEWHERE)
    assert not may(grants, WRITE, ELSEWHERE) and not may(grants, WRITE, None)


def test_roles_are_ordered() -> None:
    assert Role.VIEWER < Role.EDITOR < Role.OWNER < Role.ADMIN


@pytest.mark.parametrize(
    ("grants", "sees", "visible"),
    [
        ((), False, frozenset()),
        ((Grant(Role.VIEWER),), True, None),
        ((Grant(Role.VIEWER, HERE),), True, frozenset({HERE})),
        ((Grant(Role.VIEWER, HERE), Grant(Role.EDITOR, ELSEWHERE)), True, frozenset({HERE, ELSEWHERE})),
        ((Grant(Role.VIEWER, HERE), Grant(Role.VIEWER)), True, None),
    ],
)
def test_what_is_visible(grants: tuple[Grant, ...], sees: bool, visible: frozenset[UUID] | None) -> None:
    assert access(*grants).sees_workspace is sees
    assert access(*grants).visible_datasets() == visible


def test_a_dataset_of_another_workspace_is_never_seen() -> None:
    assert access(Grant(Role.ADMIN)).sees("sales", HERE)
    assert not access(Grant(Role.ADMIN)).sees("finance", HERE)


def test_what_may_be_done_somewhere() -> None:
    assert access(Grant(Role.EDITOR, HERE)).may_somewhere(WRITE)
    assert not access(Grant(Role.EDITOR, HERE)).may(WRITE)
    assert not access(Grant(Role.VIEWER)).may_somewhere(WRITE)


def test_only_equal_views_are_equal() -> None:
    viewer, admin, other = Grant(Role.VIEWER, HERE), Grant(Role.ADMIN), Grant(Role.VIEWER, ELSEWHERE)
    assert access(viewer).view(HERE) == access(admin).view(HERE)
    assert access(other).view(HERE) != access(admin).view(HERE)
