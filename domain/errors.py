"""The kinds of refusal. Each says what was refused, which value, and what would be accepted.

`code` is the stable name for programs (the last part of a problem's `type`); `detail` is written for people.
The interfaces map each kind to an HTTP status.
"""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Fault:
    """One thing wrong with an input: `pointer` is a JSON pointer or a parameter's name."""

    pointer: str
    code: str
    detail: str


@dataclass
class Refusal(Exception):
    """A request that was refused; nothing was changed."""

    code: str
    detail: str
    faults: tuple[Fault, ...] = ()
    extra: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.detail


class BadRequest(Refusal):
    """The request cannot be understood: an unknown parameter, a filter that does not parse."""


class Invalid(Refusal):
    """The request is understood, but its values violate the schema or a rule."""


class Unauthenticated(Refusal):
    """The request has no valid credential."""


class Forbidden(Refusal):
    """The principal may see it, but may not do this with it."""


class Misdirected(Refusal):
    """The request is addressed to a host that is not this service."""


class NotFound(Refusal):
    """There is no such dataset, record, version or job, or the principal may not see it."""


class Gone(Refusal):
    """The resource existed and was deleted."""


class Conflict(Refusal):
    """The request contradicts the current state: a duplicate file, a key that another record has."""


class Busy(Conflict):
    """A bulk change holds the dataset's writer lease; retry after `retry_after` seconds."""

    retry_after = 1


class Locked(Conflict):
    """Another request is using the upload; retry later."""


class PreconditionFailed(Refusal):
    """A condition such as `If-Match` is not met; `extra["current"]` is the current state."""


class TooLarge(Refusal):
    """A limit was exceeded; the detail names the limit, its value and its setting."""


class UnsupportedFormat(Refusal):
    """Files of this format cannot be read."""


class NotAcceptable(Refusal):
    """The response cannot be written in any format that the client accepts."""


class Unavailable(Refusal):
    """What the answer depends on is not ready; try again after `retry_after` seconds."""

    retry_after = 2


class Unimplemented(Refusal):
    """The standard defines this feature, but the service does not support it."""


def suggest_nearest(name: str, known: Iterable[str]) -> str:
    """A hint for a mistyped `name`: the most similar known name, otherwise the known names."""
    names = list(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if close:
        return f"did you mean '{close[0]}'?"
    shown = ", ".join(f"'{name}'" for name in names[:20])
    return f"known are {shown}{' …' if len(names) > 20 else ''}" if names else "there are none"
