"""An old system's own clock, seen from here, and whether the system answers at all.

Lag is the server's time now less the server's time of a change; neither depends on how this
machine's clock is set. Holds the asking, once a second; what it means is lag.py's.
"""

import threading
import time
from collections.abc import Callable

import grpc

from moonlanding_assets.errors import LiveReadError
from moonlanding_assets.source.clock import StoppedError
from moonlanding_assets.source.firestore_retry import BadAnswerError

EVERY_SECONDS = 1.0  # one billed read each


class ServerClock:
    """Asks in a thread of its own, from `start` to `stop`.

    ask: the server's time now, in microseconds since 1970. close: what ends the asking.
    `problem`: why it does not answer, "" while it does.
    """

    def __init__(
        self,
        ask: Callable[[], int],
        *,
        close: Callable[[], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._close = close
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._known: tuple[float, int] | None = None
        self._answered_at = monotonic()
        self.problem = ""

    def start(self) -> None:
        """Begin to ask."""
        threading.Thread(target=self._run, daemon=True).start()

    def stop(self) -> None:
        """Ask no more."""
        self._stopped.set()
        self._close()

    def now_us(self) -> int | None:
        """The server's time now, in microseconds; rather too late than too early. None: unknown."""
        with self._lock:
            known = self._known
        if known is None:
            return None
        asked_at, server_us = known
        return server_us + int((self._monotonic() - asked_at) * 1e6)

    @property
    def silent_seconds(self) -> float:
        """How long ago it last answered; 0 while nothing speaks against it."""
        with self._lock:
            return self._monotonic() - self._answered_at if self.problem else 0.0

    def look(self) -> None:
        """Ask once, and note the answer or what was in its way."""
        asked_at = self._monotonic()
        try:
            server_us = self._ask()
        except StoppedError:
            return
        except grpc.RpcError as error:
            self._note_problem(error.code().name)
            return
        except (LiveReadError, BadAnswerError, ValueError) as error:  # of a closed channel, too
            self._note_problem(type(error).__name__)
            return
        with self._lock:
            self._known, self.problem = (asked_at, server_us), ""
            self._answered_at = self._monotonic()

    def _note_problem(self, problem: str) -> None:
        with self._lock:
            self.problem = problem

    def _run(self) -> None:
        while not self._stopped.is_set():
            self.look()
            self._stopped.wait(EVERY_SECONDS)
