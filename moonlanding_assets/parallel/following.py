"""Following live systems: what listeners bring is applied in batches; what they miss is read.

Holds the loop, and how far behind the rows are. Everything that writes runs in the thread that
calls. Where a listener goes on after a stop is noted only when its events are durable.
"""

import base64
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from moonlanding_assets.parallel.changes import Event
from moonlanding_assets.parallel.forward_sync import Applied, ForwardSync
from moonlanding_assets.parallel.listen_stream import ListenStream
from moonlanding_assets.parallel.listener import Listener, Message
from moonlanding_assets.parallel.reading import missed
from moonlanding_assets.parallel.source_reading import SourceReading
from moonlanding_assets.source.taking import system_of

MOST_EVENTS = 500  # in one transaction
_WAIT_SECONDS = 0.1
_LAGS = 10_000


@dataclass(frozen=True, kw_only=True)
class Followed:
    """One live system: who listens, what its messages mean, and how it is read as a whole."""

    listener: Listener
    stream: ListenStream
    reading: SourceReading


@dataclass
class Following:
    """One database that follows live systems. lags: seconds from update time to applied, latest.

    Lags compare the server's clock with this one's: they are shown, nothing is decided by them.
    """

    sync: ForwardSync
    queue: "SimpleQueue[Message]"
    systems: Mapping[str, Followed]
    lags: "deque[float]" = field(default_factory=deque)

    @property
    def is_current(self) -> bool:
        """Whether every listener has told everything up to a moment of its server."""
        return all(one.stream.is_current for one in self.systems.values())

    def start(self) -> None:
        """Make the rows right, then listen from where the last run stopped."""
        self.sync.start()
        for system, one in self.systems.items():
            token = self.sync.present.notes.get(f"{system}_token", "")
            one.listener.token = base64.b64decode(token)
            one.listener.start()

    def stop(self) -> None:
        """Stop listening; what came but was not applied comes again."""
        for one in self.systems.values():
            one.listener.stop()

    def run(self, *, until: Callable[[], bool]) -> None:
        """Apply what comes, until told to stop. Raises what a listener could not get over."""
        while not until():
            self.step()

    def step(self) -> Applied:
        """Apply what is in the queue now, or what comes within a moment."""
        applied = self._apply(self._events())
        for system, one in self.systems.items():
            if one.stream.is_doubtful:
                self.read_whole(system)
            self._note_token(system, one)
        return applied

    def read_whole(self, system: str) -> tuple[str, ...]:
        """Read a whole system and apply what was missed; the paths of those documents."""
        one = self.systems[system]
        moment = one.reading.moment()
        found = list(
            missed(
                self.sync.present,
                one.reading.documents(moment),
                system=system,
                read_time_us=moment,
            )
        )
        self._apply(found)
        one.stream.is_doubtful = False
        return tuple(event.path for event in found)

    def _events(self) -> list[Event]:
        events: list[Event] = []
        wait_seconds = _WAIT_SECONDS
        while len(events) < MOST_EVENTS:
            try:
                message = self.queue.get(timeout=wait_seconds)
            except Empty:
                break
            wait_seconds = 0.0
            events += self._of(message)
        return events

    def _of(self, message: Message) -> Iterable[Event]:
        stream = self.systems[message.system].stream
        if message.error is not None:
            raise message.error
        if message.opened is not None:
            known = self.sync.present.versions()
            mine = [(path, one) for path, one in known if system_of(path) == message.system]
            stream.begin(mine, message.opened)
            return ()
        return list(stream.events(message.response))

    def _apply(self, events: list[Event]) -> Applied:
        if not events:
            return Applied()
        applied = self.sync.apply(events)
        now = time.time()
        self.lags.extend(now - one.version / 1e6 for one in events)
        while len(self.lags) > _LAGS:
            self.lags.popleft()
        return applied

    def _note_token(self, system: str, one: Followed) -> None:
        if one.stream.token and one.stream.token != one.listener.token:
            one.listener.token = one.stream.token
            text = base64.b64encode(one.stream.token).decode()
            self.sync.present.say(f"{system}_token", text)
