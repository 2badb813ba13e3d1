"""Where every Access comes from: of a request, of a job, of the command line.

Until accounts come there is one workspace and one principal, `local`, who may do everything. No other module names
them.
"""

from collections.abc import Mapping
from typing import Protocol

from domain.access.access import Access
from domain.access.grants import Grant, Role
from domain.access.principal import Principal, PrincipalKind

DEFAULT_WORKSPACE = "default"
LOCAL_PRINCIPAL = Principal(PrincipalKind.LOCAL, "local")

LOCAL_ACCESS = Access(LOCAL_PRINCIPAL, DEFAULT_WORKSPACE, (Grant(Role.ADMIN),))
"""What the command line has, and until accounts come every request."""


class Authenticator(Protocol):
    """Finds out who sends a request."""

    async def authenticate(self, headers: Mapping[str, str]) -> Access:
        """Raises Unauthenticated for a missing or wrong credential."""
        ...


class LocalAuthenticator:
    """Takes every request as sent by the local principal: the service listens on its own machine only."""

    async def authenticate(self, headers: Mapping[str, str]) -> Access:
        return LOCAL_ACCESS


LOCAL_AUTHENTICATOR = LocalAuthenticator()


def access_of_job(workspace: str, actor: str) -> Access:
    """The access that a worker acts with: that of the principal who asked for the job. A stranger may do nothing."""
    if actor == LOCAL_PRINCIPAL.name:
        return Access(LOCAL_PRINCIPAL, workspace, LOCAL_ACCESS.grants)
    return Access(Principal(PrincipalKind.USER, actor), workspace)
