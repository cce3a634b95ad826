"""What the sync does besides applying: readings, sweeps of the rows, what people asked for.

Looked at once a second, in the thread that applies; nothing here takes long but the repair of rows
that somebody else wrote. Whether something is due is told by the old systems' clock, so a restart
does not begin everything anew.
"""

import time
from collections.abc import Callable
from functools import partial

from moonlanding_assets.contract.catalogue import match
from moonlanding_assets.live_settings import Live
from moonlanding_assets.parallel.backward.old_firestore import open_old_side
from moonlanding_assets.parallel.backward.proof import look
from moonlanding_assets.parallel.drift.repair import take_requests
from moonlanding_assets.parallel.forward.resolving import retry_what_was_asked
from moonlanding_assets.parallel.forward.row_sweep import MOST_DIFFERENCES, RowSweep, Swept
from moonlanding_assets.parallel.forward.undeclared import undeclared
from moonlanding_assets.parallel.service.following import Following
from moonlanding_assets.parallel.service.measures import Doing
from moonlanding_assets.parallel.service.whole_readings import WholeReading, WholeReadings
from moonlanding_assets.parallel.state.control_row import utc_now
from moonlanding_assets.settings import Layout

Say = Callable[[str], None]

LOOK_SECONDS = 1.0
SAY_SECONDS = 10.0
FAILED_SECONDS = 60.0  # until a reading that failed is begun again
SILENT_SECONDS = 20.0  # of a stream that lists its documents; each time in turn twice as long
LONGEST_SILENT_SECONDS = 160.0
_SWEPT = "rows_swept_us"


class Duties:
    """Of one time of following; `close` ends a sweep that is under way."""

    def __init__(
        self, layout: Layout, following: Following, readings: WholeReadings, doing: Doing,
        *, say: Say, live: Live,
    ) -> None:  # fmt: skip
        self._layout = layout
        self._following = following
        self._readings = readings
        self._doing = doing
        self._say = say
        self._live = live
        self._sweep: RowSweep | None = None
        self._not_before: dict[str, float] = {}
        self._patience: dict[str, float] = {}
        self._seen: dict[str, WholeReading] = {}
        self._looked_at = self._said_at = 0.0
        self._counted = dict(following.done)

    def close(self) -> None:
        """End what runs beside."""
        if self._sweep is not None:
            self._sweep.stop()
            self._sweep = None
        self._doing.is_sweeping = False

    def look(self) -> None:
        """Do what is due, once a second."""
        now = time.monotonic()
        if now - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = now
        self._reopen_silent(now)
        self._begin_readings(now)
        self._look_at_readings()
        if self._following.flowing == "OLD->NEW":  # else rows may hold what is not sent yet
            self._put_back_strangers()
            self._sweep_rows()
            retry_what_was_asked(self._following.sync)
            self._prove_what_was_asked()
        if self._following.flowing != "none":
            self._repair_what_was_asked()
        self._doing.problem = "; ".join(self._problems())
        if now - self._said_at >= SAY_SECONDS:
            self._said_at = now
            self._say_progress()

    def _put_back_strangers(self) -> None:
        found = self._following.sync.put_back()
        if found:
            self._say(f"{found} rows that somebody else wrote were put back; both are in conflicts")

    def _prove_what_was_asked(self) -> None:
        old = partial(open_old_side, self._live)
        if look(self._layout, self._following.sync, old, self._following.step):
            self._say("the way back was tried on a scratch document; see reverse.json")

    def _reopen_silent(self, now: float) -> None:
        """A stream that was opened but tells nothing, not even that there is nothing to tell.

        A server can lose a stream without closing it. Until the next one has told everything, the
        system is read whole, so that what changed meanwhile comes all the same.
        """
        for system, one in self._following.systems.items():
            if one.stream.is_current:
                self._patience.pop(system, None)
                continue
            patience = self._patience.get(system, SILENT_SECONDS)
            if now - one.listener.heard_at < patience:
                continue
            self._patience[system] = min(2 * patience, LONGEST_SILENT_SECONDS)
            self._say(f"{system} told nothing for {patience:.0f} s: it is listened to anew")
            one.listener.reopen()
            self._readings.ask(system)

    def _begin_readings(self, now: float) -> None:
        for system in self._following.systems:
            note, period = f"{system}_read_us", self._live.whole_reading_seconds
            is_asked = system in self._following.doubtful or self._is_due(note, period)
            if is_asked and now >= self._not_before.get(system, 0.0):
                self._readings.ask(system)
                self._not_before[system] = now + FAILED_SECONDS

    def _look_at_readings(self) -> None:
        """Say what a reading found; a stream that lost something declared is opened again."""
        for system, reading in self._following.readings.items():
            if self._seen.get(system) is reading:
                continue
            self._seen[system] = reading
            self._not_before.pop(system, None)
            found, seconds = len(reading.events), reading.seconds
            self._say(f"{system} read whole in {seconds:.0f} s: {found} changes were new")
            if any(match(system, one.path) is not None for one in reading.events):
                self._following.systems[system].listener.reopen()

    def _sweep_rows(self) -> None:
        if self._sweep is None:
            if self._is_due(_SWEPT, self._live.row_sweep_seconds):
                sync = self._following.sync
                self._sweep = RowSweep(sync.present.file, sync.database, sync.existing)
                self._doing.is_sweeping = True
            return
        swept = self._sweep.step()
        if swept is not None:
            self.close()
            self._note_sweep(swept)

    def _note_sweep(self, swept: Swept) -> None:
        """What differs is looked at again, put back, and kept as conflicts, which shut the gate."""
        found = swept.differences
        if swept.found:
            self._following.lag.waits()
            found = self._following.sync.sweep(is_repair=True)
            self._following.lag.applied(())
        self._doing.sweep = {
            "at": utc_now(),
            "seconds": swept.seconds,
            "found": len(found),
            "differences": list(found[:MOST_DIFFERENCES]),
        }
        self._following.sync.present.say(_SWEPT, str(self._server_us() or 0))
        self._say(f"rows compared in {swept.seconds:.0f} s: {len(found)} differed")

    def _repair_what_was_asked(self) -> None:
        """Repairs of drift (`moonlanding drift repair`) while this process holds the database."""
        readings = {system: one.reading for system, one in self._following.systems.items()}
        number = take_requests(self._layout, self._following.sync, readings, self._following.back)
        if number:
            self._say(f"{number} repairs of drift carried out")

    def _is_due(self, note: str, period_seconds: int) -> bool:
        """Whether so long has passed, by an old system's clock, since what the store notes."""
        now = self._server_us()
        last = int(self._following.sync.present.notes.get(note, 0))
        return now is not None and now - last >= period_seconds * 1_000_000

    def _server_us(self) -> int | None:
        known = [one.clock.now_us() for one in self._following.systems.values()]
        return max((one for one in known if one is not None), default=None)

    def _problems(self) -> list[str]:
        clocks = {name: one.clock.problem for name, one in self._following.systems.items()}
        away = [f"{system} does not answer ({why})" for system, why in clocks.items() if why]
        unread = [f"{name} was not read whole: {why}" for name, why in self._unread().items()]
        return [*away, *unread]

    def _unread(self) -> dict[str, str]:
        return dict(self._readings.problems)

    def _say_progress(self) -> None:
        """A line where something was applied, and each thing that no declaration knows, once."""
        done = self._following.done
        if done == self._counted:
            return
        new = {what: count - self._counted[what] for what, count in done.items()}
        self._counted = dict(done)
        lag = self._following.lag.seconds
        self._say(f"{new['events']} events, {new['rows']} rows changed, {lag:.1f} s behind")
        unknown = undeclared(self._following.sync.database)
        for what in sorted(unknown.keys() - self._doing.undeclared.keys()):
            self._say(f"no declaration knows {what}: it is kept, and the gate is shut")
        self._doing.undeclared = unknown
