"""Whole readings of live systems in the background, while the sync goes on applying.

A reading is of one moment, and its events carry that moment as their version, so it does not
matter what comes in between. What was found goes where the listeners' messages go. Applies nothing.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import grpc

from moonlanding_assets.errors import LiveReadError
from moonlanding_assets.parallel.forward.changes import Event
from moonlanding_assets.parallel.forward.present import Present
from moonlanding_assets.parallel.forward.reading import missed
from moonlanding_assets.parallel.service.source_reading import SourceReading
from moonlanding_assets.source.clock import StoppedError


@dataclass(frozen=True, kw_only=True)
class WholeReading:
    """What a reading found that the store did not know. moment_us: the server's time of it."""

    moment_us: int
    seconds: float
    events: tuple[Event, ...]


@dataclass
class WholeReadings:
    """At most one reading a system at a time; `problems`: system → why its last one failed.

    give: is told the system and the reading, in the reading's thread.
    """

    store: Path
    systems: Mapping[str, SourceReading]
    give: Callable[[str, WholeReading], None]
    problems: dict[str, str] = field(default_factory=dict)
    _threads: dict[str, threading.Thread] = field(default_factory=dict)

    def ask(self, system: str) -> bool:
        """Begin a reading, unless one is under way; whether it began."""
        if self.is_reading(system):
            return False
        thread = threading.Thread(target=self._read, args=(system,), daemon=True)
        self._threads[system] = thread
        thread.start()
        return True

    def is_reading(self, system: str) -> bool:
        """Whether a reading of the system is under way."""
        thread = self._threads.get(system)
        return thread is not None and thread.is_alive()

    def stop(self) -> None:
        """End the readings; what they found so far is forgotten."""
        for system, one in self.systems.items():
            one.patience.clock.stop()
            if self.is_reading(system):
                one.api.close()
        for thread in self._threads.values():
            thread.join()

    def _read(self, system: str) -> None:
        started = time.monotonic()
        one = self.systems[system]
        try:
            with Present(self.store) as present:
                moment = one.moment()
                documents = one.documents(moment)
                found = tuple(missed(present, documents, system=system, read_time_us=moment))
        except StoppedError:
            return
        except grpc.RpcError as error:
            self.problems[system] = error.code().name
        except (LiveReadError, ValueError) as error:  # ValueError: the channel was closed
            self.problems[system] = str(error)
        else:
            self.problems.pop(system, None)
            seconds = time.monotonic() - started
            self.give(system, WholeReading(moment_us=moment, seconds=seconds, events=found))
