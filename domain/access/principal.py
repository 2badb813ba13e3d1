"""Who acts."""

from dataclasses import dataclass
from enum import StrEnum


class PrincipalKind(StrEnum):
    """`local` is whoever uses the service on its own machine; `system` is the service itself."""

    LOCAL = "local"
    USER = "user"
    TOKEN = "token"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Principal:
    """`name` is unique in a workspace; events, jobs, uploads and idempotency keys store it."""

    kind: PrincipalKind
    name: str
