"""What SIGTERM and Ctrl-C do to a process of ours."""

import signal
import sys
from types import FrameType


def exit_on_signals() -> None:
    """Let SIGTERM end the process like any exit, so that what is open is closed, and Ctrl-C interrupt it.

    A shell starts what it runs in the background with SIGINT ignored; told to stop by it, we still do.
    """

    def leave(number: int, frame: FrameType | None) -> None:
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, signal.default_int_handler)
