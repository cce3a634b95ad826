"""The sync as a service: follows, reads each system whole from time to time, sweeps the rows.

Holds what happens when, and what is waited out. Killed at any moment it goes on, at the next
start, from the places that its store notes. Undo: stop it.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial

import grpc

from moonlanding_assets.errors import LiveReadError, SyncError
from moonlanding_assets.live_settings import Live
from moonlanding_assets.parallel.backward.old_firestore import open_old_side
from moonlanding_assets.parallel.backward.stream import BackwardSync
from moonlanding_assets.parallel.forward.stream import ForwardSync
from moonlanding_assets.parallel.service.duties import Duties, Say
from moonlanding_assets.parallel.service.following import Following
from moonlanding_assets.parallel.service.listener import Message
from moonlanding_assets.parallel.service.measures import Doing, HoldClock, Measures
from moonlanding_assets.parallel.service.opening import follow_live, open_sync
from moonlanding_assets.parallel.service.places import present_file
from moonlanding_assets.parallel.service.whole_readings import WholeReading, WholeReadings
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.parallel.state.flow import Flow, flow_of
from moonlanding_assets.settings import Layout

LONGEST_WAIT_SECONDS = 30.0
Entered = Callable[[], None]

_PASSES = (sqlite3.OperationalError, LiveReadError, grpc.RpcError, SyncError)


class SyncService:
    """Runs in the thread that calls `run`, until KeyboardInterrupt.

    entered: called once, when the database and its store are open and nothing is followed yet.
    """

    def __init__(
        self, layout: Layout, live: Live, *, say: Say, clock: HoldClock | None = None
    ) -> None:
        self._layout = layout
        self._live = live
        self._control = Control(layout.control)
        self._say = say
        self._doing = Doing()
        self._measures = Measures(layout, self._doing, clock=clock or HoldClock())
        self._has_followed = False
        self._is_in_conflict = False
        self._flowing: Flow = "none"

    def run(self, entered: Entered) -> None:
        """Follow until interrupted. Raises what prevents a first start, and faults of this program.

        What comes later is waited out and said: a database in use, a full disk, a server that is
        away or lets nobody in.
        """
        self._measures.start()
        why = ""
        try:
            entered_once = entered
            attempt = 0
            while True:
                try:
                    self._follow(entered_once)
                except _PASSES as error:
                    if not self._has_followed:
                        raise
                    attempt = 1 if self._doing.what == "following" else attempt + 1
                    self._wait_out(error, attempt)
                entered_once = _nothing
        except KeyboardInterrupt:
            self._say("stopped; what came is kept")
        except Exception as error:
            why = f"ended by {type(error).__name__}: see its log"
            raise
        finally:
            self._measures.stop(why)

    def _follow(self, entered: Entered) -> None:
        """Open everything, follow until something is in the way, close everything."""
        self._doing.what = "opening"
        with (
            closing(open_sync(self._layout)) as sync,
            closing(sync.present),
            closing(open_old_side(self._live)) as old,
        ):
            entered()
            if self._is_in_conflict:
                self._repair(sync)
            following = follow_live(sync, self._live)
            following.back = BackwardSync(sync, old)
            following.flow = partial(self._flow, following.back)
            with self._read_whole(following) as readings:
                self._doing.what = "comparing"
                self._say("comparing the rows with what is known of the old systems")
                following.start()
                self._measures.following = following
                self._doing.what, self._doing.problem = "following", ""
                self._has_followed = True
                self._say("following")
                duties = Duties(
                    self._layout, following, readings, self._doing, say=self._say, live=self._live
                )
                with closing(duties):
                    while True:
                        self._step(following)
                        duties.look()

    def _step(self, following: Following) -> None:
        flowing = following.flowing
        following.step()
        if following.flowing != flowing:  # a switch waits for this
            self._measures.say_now()

    @contextmanager
    def _read_whole(self, following: Following) -> Iterator[WholeReadings]:
        """Whole readings in the background; at the end nobody listens or reads any more."""

        def give(system: str, reading: WholeReading) -> None:
            following.queue.put(Message(system=system, reading=reading))

        systems = {system: one.reading for system, one in following.systems.items()}
        readings = WholeReadings(present_file(self._layout), systems, give)
        following.in_doubt = readings.ask
        try:
            yield readings
        finally:
            self._measures.following = None
            following.stop()
            readings.stop()

    def _flow(self, back: BackwardSync) -> Flow:
        """Which way the state row and the stream say, at this moment."""
        self._flowing = flow_of(self._control.row(), back.state)
        return self._flowing

    def _repair(self, sync: ForwardSync) -> None:
        """A row that somebody else wrote is in the way: the authority's value is put back."""
        self._doing.what = "repairing rows"
        found = sync.sweep(is_repair=True)
        self._say(f"{len(found)} rows were not as the sync had left them; both are in conflicts")
        self._is_in_conflict = False

    def _wait_out(self, error: BaseException, attempt: int) -> None:
        """Say what is in the way, and wait: longer each time, up to half a minute."""
        self._is_in_conflict = isinstance(error, SyncError) and self._flowing == "OLD->NEW"
        code = error.code().name if isinstance(error, grpc.RpcError) else ""
        self._doing.what = "waiting"
        self._doing.problem = f"{type(error).__name__} {code or error}"
        self._say(f"in the way: {self._doing.problem}")
        threading.Event().wait(min(2.0 ** (attempt - 1), LONGEST_WAIT_SECONDS))


def _nothing() -> None:
    """Nothing is left to be done on entering."""
