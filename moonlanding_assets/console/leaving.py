"""Ctrl-C and SIGTERM end a command within seconds, whatever it is busy with.

Python runs its own handlers between two steps of Python only, and one step may be a minute of
SQLite. So a thread hears the signal at once, and ends the process if nothing else does: a kill at
any moment loses nothing. Holds no clean-up; workers end with their owner.
"""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

INTERRUPTED = 130
SAID = "interrupted; what was published before is untouched. To go on, type it again"
LEAVES_WITHIN_SECONDS = 3.0


def interrupt_on_sigterm() -> None:
    """SIGTERM from here on is what Ctrl-C is."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@contextmanager
def leaving_soon(within_seconds: float = LEAVES_WITHIN_SECONDS) -> Iterator[None]:
    """From a signal on, the block has so long to end; then the process is gone, with a message.

    Only of the main thread, which is the one that hears signals; in others it does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard, tells = os.pipe()
    os.set_blocking(tells, False)
    before = signal.set_wakeup_fd(tells, warn_on_full_buffer=False)
    is_over = threading.Event()
    threading.Thread(target=_leave, args=(heard, is_over, within_seconds), daemon=True).start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        os.close(tells)
        is_over.set()


def _leave(heard: int, is_over: threading.Event, within_seconds: float) -> None:
    """Wait for the first of the two signals, then for the end of the block."""
    asked = {signal.SIGINT, signal.SIGTERM}
    with open(heard, "rb", buffering=0) as signals:
        while (number := signals.read(1)) and number[0] not in asked:
            continue
    if number and not is_over.wait(within_seconds):
        sys.stderr.write(f"\nmoonlanding: {SAID}\n")
        sys.stderr.flush()
        os._exit(INTERRUPTED)
