"""Patience and pace: what is asked again, after how long, and how fast at most.

Waits are interruptible and go by a clock that is handed in. Holds no request and no gRPC channel.
"""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import grpc

from moonlanding_assets.errors import LiveReadError
from moonlanding_assets.source.clock import Clock

ATTEMPTS = 10
FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 60.0
RETRIED = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.UNKNOWN,
    }
)

Answer = TypeVar("Answer")


class BadAnswerError(Exception):
    """An answer that cannot be right, such as documents out of order; it is asked for again."""


@dataclass
class Pace:
    """Keeps the billed reads below a rate, on average; `reads` is how many there were.

    `limit` is reads per second, 0 for as fast as it goes.
    """

    clock: Clock
    limit: int = 0
    reads: int = 0
    _free_at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self) -> None:
        """Returns when the next request may be sent."""
        with self._lock:
            seconds = self._free_at - self.clock.monotonic()
        self.clock.pause(max(seconds, 0.0))

    def took(self, reads: int) -> None:
        """Count so many reads."""
        with self._lock:
            self.reads += reads
            if self.limit:
                now = self.clock.monotonic()
                self._free_at = max(self._free_at, now) + reads / self.limit


@dataclass
class Patience:
    """Asks again what failed for a while, with waits that double and vary.

    Full jitter: each wait is somewhere between nothing and the longest that its turn allows.
    """

    clock: Clock
    pace: Pace
    chance: random.Random = field(default_factory=random.Random)
    attempts: int = ATTEMPTS
    retries: int = 0

    def ask(self, what: str, question: Callable[[], Answer]) -> Answer:
        """The answer to the question; raises LiveReadError when there is none for too long.

        `what` names the question in that message. Other refusals come through as they are.
        """
        for attempt in range(1, self.attempts + 1):
            self.pace.wait()
            try:
                return question()
            except BadAnswerError as error:
                problem = f"the answer had {error}"
            except grpc.RpcError as error:
                if error.code() not in RETRIED:
                    raise
                problem = error.code().name
            if attempt < self.attempts:
                self.wait(attempt)
        raise LiveReadError(
            f"{what}: {problem}, {self.attempts} times in a row. What was read is kept: the next "
            f"run goes on where this one stopped."
        )

    def wait(self, attempt: int) -> None:
        """Wait as long as is right after so many failed attempts."""
        self.retries += 1
        longest = min(FIRST_WAIT_SECONDS * 2 ** (attempt - 1), LONGEST_WAIT_SECONDS)
        self.clock.pause(self.chance.uniform(0, longest))
