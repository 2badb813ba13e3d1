"""A circuit breaker: after repeated failures calls are skipped for a while, then one call tests the service."""

import time
from collections.abc import Callable

FAILURE_THRESHOLD = 3
OPEN_SECONDS = 5.0


class CircuitBreaker:
    """Closed while calls succeed; open after FAILURE_THRESHOLD failures in a row; half open after `open_seconds`."""

    def __init__(self, open_seconds: float = OPEN_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._open_seconds = open_seconds
        self._clock = clock
        self._failures = 0
        self._reopens_at = 0.0

    def allows_call(self) -> bool:
        """Whether to call now. When the circuit is half open, only one caller may; the others wait for its result."""
        if self._failures < FAILURE_THRESHOLD:
            return True
        if self._clock() < self._reopens_at:
            return False
        self._reopens_at = self._clock() + self._open_seconds
        return True

    def record_success(self) -> None:
        self._failures = 0

    def record_failure(self) -> bool:
        """Record a failure and return whether it opened the circuit."""
        self._failures += 1
        self._reopens_at = self._clock() + self._open_seconds
        return self._failures == FAILURE_THRESHOLD
