"""What keeps failing is left alone for a while, then tried by one caller before all come again."""

import time
from collections.abc import Callable

FAILURE_THRESHOLD = 3
OPEN_SECONDS = 5.0


class CircuitBreaker:
    """Closed while calls succeed; open after FAILURES in a row; half open, for one call, once it has rested."""

    def __init__(self, rest_seconds: float = OPEN_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._rest_seconds = rest_seconds
        self._clock = clock
        self._failures = 0
        self._closed_again = 0.0

    def lets_through(self) -> bool:
        """Whether to call now. Of those who ask after a rest one is let through, the others wait for its result."""
        if self._failures < FAILURE_THRESHOLD:
            return True
        if self._clock() < self._closed_again:
            return False
        self._closed_again = self._clock() + self._rest_seconds
        return True

    def succeeded(self) -> None:
        self._failures = 0

    def failed(self) -> bool:
        """Note a failure; whether it has opened the circuit."""
        self._failures += 1
        self._closed_again = self._clock() + self._rest_seconds
        return self._failures == FAILURE_THRESHOLD
