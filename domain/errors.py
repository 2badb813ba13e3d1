"""The few kinds of refusal. Each says what was refused, which value, and what would be accepted.

`code` is the stable machine name (the last part of a problem's `type`); `detail` speaks to a person.
Which HTTP status a kind becomes is decided in one table at the edge.
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
    """A wish that was refused; nothing was changed."""

    code: str
    detail: str
    faults: tuple[Fault, ...] = ()
    extra: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.detail


class BadRequest(Refusal):
    """The question cannot be understood: an unknown parameter, a filter that does not parse."""


class Invalid(Refusal):
    """Understood, but the values break the schema or a rule."""


class NotFound(Refusal):
    """There is no such dataset, record, version or job."""


class Gone(Refusal):
    """It was there and was deleted."""


class Conflict(Refusal):
    """It contradicts what is already there: a duplicate file, a key that is taken."""


class Busy(Conflict):
    """A bulk change holds the dataset's writer lease; try again after `retry_after` seconds."""

    retry_after = 1


class Locked(Conflict):
    """Another request writes or uses the upload just now; try again."""


class PreconditionFailed(Refusal):
    """`If-Match` no longer holds; `extra["current"]` bears the present state."""


class TooLarge(Refusal):
    """A limit was passed: the detail names the limit, its value and its setting."""


class UnsupportedFormat(Refusal):
    """The file is of a kind that is not read."""


class NotAcceptable(Refusal):
    """The answer cannot be written in any of the formats that the client accepts."""


class Unavailable(Refusal):
    """What the answer depends on is not ready; try again after `retry_after` seconds."""

    retry_after = 2


class Unimplemented(Refusal):
    """The standard knows it, this service does not offer it."""


def suggest_nearest(name: str, known: Iterable[str]) -> str:
    """The sentence that helps with a mistyped `name`: the nearest known name, or all of them if few."""
    names = list(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]!r}?"
    shown = ", ".join(repr(n) for n in names[:20])
    return f"known are {shown}{' …' if len(names) > 20 else ''}" if names else "there are none"
