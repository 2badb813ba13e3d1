"""Signal handlers for SIGTERM and Ctrl-C."""

import signal
import sys
from types import FrameType


def exit_on_signals() -> None:
    """Make SIGTERM exit the process normally, so that open resources are closed, and Ctrl-C interrupt it.

    A shell starts background processes with SIGINT ignored; this restores its default handler.
    """

    def leave(number: int, frame: FrameType | None) -> None:
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, signal.default_int_handler)
