"""Following live systems: what listeners bring is applied in batches; what they miss is read.

Holds the loop. Everything that writes runs in the thread that calls. Where a listener goes on
after a stop is noted only when its events are durable, and nothing of before is in doubt.
"""

import base64
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from moonlanding_assets.errors import SyncError
from moonlanding_assets.parallel.backward.stream import BackwardSync
from moonlanding_assets.parallel.forward.changes import Event
from moonlanding_assets.parallel.forward.reading import missed
from moonlanding_assets.parallel.forward.stream import Applied, ForwardSync
from moonlanding_assets.parallel.service.lag import Lag
from moonlanding_assets.parallel.service.listen_stream import ListenStream
from moonlanding_assets.parallel.service.listener import Listener, Message
from moonlanding_assets.parallel.service.server_clock import ServerClock
from moonlanding_assets.parallel.service.source_reading import SourceReading
from moonlanding_assets.parallel.service.whole_readings import WholeReading
from moonlanding_assets.parallel.state.flow import Flow
from moonlanding_assets.source.taking import system_of

MOST_EVENTS = 500  # in one transaction
_WAIT_SECONDS = 0.1
_GATHER_SECONDS = 0.05  # after the first event; what came with it goes into the same transaction
_STILL_SECONDS = 0.02
_COUNTED = ("events", "documents", "rows", "sent", "refused", "conflicts")


def only_forward() -> Flow:
    """While nobody switches."""
    return "OLD->NEW"


@dataclass(frozen=True, kw_only=True)
class Followed:
    """One live system: who listens, what its messages mean, how it is read, what time it has."""

    listener: Listener
    stream: ListenStream
    reading: SourceReading
    clock: ServerClock


@dataclass
class Following:
    """One database that follows live systems.

    in_doubt: what is done when only a whole reading can tell what is missing of a system; None
    reads it at once. done: events, documents and rows so far. readings: the last one by system.
    back: carries what applications write here, while `flow` says so; flowing: what it said last.
    """

    sync: ForwardSync
    queue: "SimpleQueue[Message]"
    systems: Mapping[str, Followed]
    lag: Lag = field(default_factory=Lag)
    in_doubt: Callable[[str], object] | None = None
    doubtful: set[str] = field(default_factory=set)
    done: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_COUNTED, 0))
    readings: dict[str, WholeReading] = field(default_factory=dict)
    back: BackwardSync | None = None
    flow: Callable[[], Flow] = only_forward
    flowing: Flow = "OLD->NEW"
    _closed: set[str] = field(default_factory=set)

    @property
    def is_current(self) -> bool:
        """Whether every listener has told everything up to a moment of its server."""
        return all(map(self.is_system_current, self.systems))

    def is_system_current(self, system: str) -> bool:
        """Whether its stream is open, has told everything, and nothing of it is in doubt."""
        is_sure = system not in self._closed and system not in self.doubtful
        return is_sure and self.systems[system].stream.is_current

    def start(self) -> None:
        """Make the rows right, then listen from where the last run stopped."""
        self.sync.start()
        for system, one in self.systems.items():
            token = self.sync.present.notes.get(f"{system}_token", "")
            one.listener.token = base64.b64decode(token)
            one.clock.start()
            one.listener.start()

    def stop(self) -> None:
        """Stop listening; what came but was not applied comes again."""
        for one in self.systems.values():
            one.clock.stop()
            one.listener.stop()
            one.reading.api.close()

    def run(self, *, until: Callable[[], bool]) -> None:
        """Apply what comes, until told to stop. Raises what a listener could not get over."""
        while not until():
            self.step()

    def step(self) -> Applied:
        """Apply what is in the queue now, or what comes within a moment; send what waits.

        Where nothing flows, what comes stays in the queue.
        """
        flow = self.flow()
        if flow != self.flowing:  # a switch waits until this is said: before anything else is done
            self.flowing = flow
            return Applied()
        if self.flowing == "none":
            threading.Event().wait(_STILL_SECONDS)
            return Applied()
        found: dict[str, WholeReading] = {}
        applied = self._apply(self._events(found))
        for system, reading in found.items():
            self._note_reading(system, reading)
        for system, one in self.systems.items():
            if one.stream.is_doubtful:
                self._doubt(system)
            if system not in self.doubtful:
                self._note_token(system, one)
        if self.flowing == "NEW->OLD" and self.back is not None:
            self._send(self.back)
        return applied

    def _send(self, back: BackwardSync) -> None:
        try:
            sent = back.step()
        except SyncError:
            if self.flow() == self.flowing:
                raise
            return  # it was stopped in between: a switch is under way
        self.done["sent"] += sent.written + sent.deleted
        self.done["refused"] += len(sent.refused)
        self.done["conflicts"] += sent.conflicts

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

    def _doubt(self, system: str) -> None:
        """Until a reading that begins later than the doubt is applied, the system is doubtful."""
        if self.in_doubt is None:
            self.read_whole(system)
        elif self.in_doubt(system):
            self.systems[system].stream.is_doubtful = False
            self.doubtful.add(system)

    def _note_reading(self, system: str, reading: WholeReading) -> None:
        self.readings[system] = reading
        self.doubtful.discard(system)
        self.sync.present.say(f"{system}_read_us", str(reading.moment_us))

    def _events(self, found: dict[str, WholeReading]) -> list[Event]:
        events: list[Event] = []
        wait_seconds, until = _WAIT_SECONDS, float("inf")
        while len(events) < MOST_EVENTS and time.monotonic() < until:
            try:
                message = self.queue.get(timeout=wait_seconds)
            except Empty:
                break
            wait_seconds = 0.0
            self.lag.waits(message.at)
            if message.reading is not None:
                found[message.system] = message.reading
                events += message.reading.events
            else:
                events += self._of(message)
            if events and until == float("inf"):  # messages that bring nothing may come for long
                until = time.monotonic() + _GATHER_SECONDS
        return events

    def _of(self, message: Message) -> Iterable[Event]:
        stream = self.systems[message.system].stream
        if message.error is not None:
            raise message.error
        if message.is_closed:
            self._closed.add(message.system)
            return ()
        if message.opened is not None:
            self._closed.discard(message.system)
            known = self.sync.present.versions()
            mine = [(path, one) for path, one in known if system_of(path) == message.system]
            stream.begin(mine, message.opened)
            return ()
        return list(stream.events(message.response))

    def _apply(self, events: list[Event]) -> Applied:
        applied = Applied()
        for first in range(0, len(events), MOST_EVENTS):
            if self.flowing == "NEW->OLD" and self.back is not None:
                self.done["conflicts"] += self.back.hear(events[first : first + MOST_EVENTS])
                continue
            applied = self.sync.apply(events[first : first + MOST_EVENTS])
            self.done["events"] += applied.events
            self.done["documents"] += applied.documents
            self.done["rows"] += sum(applied.rows.values())
        self.lag.applied([one for event in events if (one := self._lag_of(event)) is not None])
        return applied

    def _lag_of(self, event: Event) -> float | None:
        """The seconds since the change, by the clock of the system that it was made in."""
        followed = self.systems.get(system_of(event.path))
        now = None if followed is None else followed.clock.now_us()
        return None if now is None else (now - event.version) / 1e6

    def _note_token(self, system: str, one: Followed) -> None:
        if one.stream.token and one.stream.token != one.listener.token:
            one.listener.token = one.stream.token
            text = base64.b64encode(one.stream.token).decode()
            self.sync.present.say(f"{system}_token", text)
