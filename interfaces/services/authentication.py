"""Creates every Access: of requests, of jobs and of the command line.

Until there are accounts, there is one workspace and one principal, `local`, who may do everything. No other module
names them.
"""

from collections.abc import Mapping
from typing import Protocol

from domain.access.access import Access
from domain.access.grants import Grant, Role
from domain.access.principal import Principal, PrincipalKind

DEFAULT_WORKSPACE = "default"
LOCAL_PRINCIPAL = Principal(PrincipalKind.LOCAL, "local")

LOCAL_ACCESS = Access(LOCAL_PRINCIPAL, DEFAULT_WORKSPACE, (Grant(Role.ADMIN),))
"""The access of the command line and, until there are accounts, of every request."""


class Authenticator(Protocol):
    """Finds out who sends a request."""

    async def authenticate(self, headers: Mapping[str, str]) -> Access:
        """Raises Unauthenticated for a missing or wrong credential."""
        ...


class LocalAuthenticator:
    """Treats every request as sent by the local principal, because the service listens only on its own machine."""

    async def authenticate(self, headers: Mapping[str, str]) -> Access:
        return LOCAL_ACCESS


LOCAL_AUTHENTICATOR = LocalAuthenticator()


def access_of_job(workspace: str, actor: str) -> Access:
    """The access of the principal who requested the job. An unknown principal may do nothing."""
    if actor == LOCAL_PRINCIPAL.name:
        return Access(LOCAL_PRINCIPAL, workspace, LOCAL_ACCESS.grants)
    return Access(Principal(PrincipalKind.USER, actor), workspace)
