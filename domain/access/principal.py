"""Principals: who acts in a workspace."""

from dataclasses import dataclass
from enum import StrEnum


class PrincipalKind(StrEnum):
    """The kinds of principals; `local` is the user of the machine of the service, `system` is the service itself."""

    LOCAL = "local"
    USER = "user"
    TOKEN = "token"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who acts. `name` is unique in a workspace and is stored in events, jobs, uploads and idempotency keys."""

    kind: PrincipalKind
    name: str
