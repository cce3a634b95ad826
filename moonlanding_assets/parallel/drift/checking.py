"""Drift: whether both sides hold the same, of everything or of what changed since the last check.

One check at a time: compare by hash, look again at what differs, keep what is confirmed. Changes
nothing on either side (repair.py does, by command).
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from moonlanding_assets.errors import SyncError, TargetBusy
from moonlanding_assets.load.publish import Lease
from moonlanding_assets.parallel.drift.changes import Position, changed_paths, position
from moonlanding_assets.parallel.drift.compare import (
    Suspects,
    hashes,
    read_all,
    read_named,
)
from moonlanding_assets.parallel.drift.confirm import WAIT_SECONDS, Confirming
from moonlanding_assets.parallel.drift.order import ordered, pieces
from moonlanding_assets.parallel.drift.record import (
    ALL,
    CHANGED,
    Check,
    checks,
    keep,
    real_paths,
)
from moonlanding_assets.parallel.drift.sides import NewSide, OldReading, identity
from moonlanding_assets.parallel.service.places import present_file
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.parallel.state.control_row import utc_now
from moonlanding_assets.parallel.state.states import Side
from moonlanding_assets.progress import Progress, Silent
from moonlanding_assets.settings import Layout
from moonlanding_assets.source.clock import Clock, SystemClock


@dataclass(frozen=True, kw_only=True)
class _Look:
    """What the first look came to, and of which database and store, up to which position."""

    kind: str
    number: int
    order: str
    compared: int
    suspects: Suspects
    store: str
    database: str
    position: Position


class Drift:
    """The checks of one data directory. Raises SyncError where there is no database to check.

    limit_seconds: how long the sync may take for what is on its way; 0 where none runs.
    """

    def __init__(
        self,
        layout: Layout,
        old: Mapping[str, OldReading],
        *,
        clock: Clock | None = None,
        limit_seconds: float = WAIT_SECONDS,
        now: Callable[[], str] = utc_now,
    ) -> None:
        self._layout = layout
        self._old = old
        self._clock = clock or SystemClock()
        self._limit_seconds = limit_seconds
        self._now = now
        self._database = layout.database("100%")
        if not self._database.is_file():
            raise SyncError(f"{self._database}: there is no database to compare; migrate first")

    def check(self, kind: str, *, progress: Progress | None = None) -> Check:
        """One check of everything ("all") or of what changed; kept, and returned.

        Raises SyncError while another check runs, IncompleteRead where the old systems did not
        give what they count.
        """
        started = time.perf_counter()
        first = self._all if kind == ALL else self._changed
        with only_check(self._layout):
            look = first(progress or Silent())
            confirming = Confirming(
                self._database, self._old, self._clock,
                limit_seconds=self._limit_seconds, authority=authority_of(self._layout),
            )  # fmt: skip
            confirmed = confirming.look_again(look.suspects)
            check = Check(
                number=look.number,
                at=self._now(),
                kind=look.kind,
                order=look.order,
                compared=look.compared,
                differing=len(look.suspects),
                confirmed=len(confirmed.differences),
                in_flight=confirmed.in_flight,
                seconds=time.perf_counter() - started,
                store=look.store,
                database=look.database,
                event=look.position.event,
                change=look.position.change,
            )
            return keep(self._layout, check, confirmed.differences)

    def _all(self, progress: Progress) -> _Look:
        """Every document of both sides, in an order that no kept check had."""
        earlier = checks(self._layout)
        number = earlier[0].number + 1 if earlier else 1
        with NewSide(self._database) as new, hashes(self._layout.parallel) as found:
            begin = position(present_file(self._layout), new)
            order = ordered(pieces(new), number=number, unlike={one.order for one in earlier})
            read_all(found, new, self._old, order, progress=progress)
            return _Look(
                kind=ALL, number=number, order=order.name, compared=found.compared(),
                suspects=found.differing(), store=new.store(), database=identity(new),
                position=begin,
            )  # fmt: skip

    def _changed(self, progress: Progress) -> _Look:
        """What either side noted since the last check, and what differed then."""
        earlier = checks(self._layout)
        store = present_file(self._layout)
        with NewSide(self._database) as new, hashes(self._layout.parallel) as found:
            begin, database = position(store, new), identity(new)
            since, again = Position(), []
            if earlier and earlier[0].database == database:
                since = _end_of(earlier[0])
                again = real_paths(self._layout, earlier[0].number)
            paths = sorted({*changed_paths(store, new, since=since), *again})
            compared = read_named(found, new, self._old, paths, progress=progress)
            return _Look(
                kind=CHANGED, number=earlier[0].number + 1 if earlier else 1, order="",
                compared=compared, suspects=found.differing(), store=new.store(),
                database=database, position=begin,
            )  # fmt: skip


def _end_of(check: Check) -> Position:
    return Position(event=check.event, change=check.change)


def authority_of(layout: Layout) -> Side:
    """Whose documents count: the old systems' until the switch."""
    row = Control(layout.control).row() if layout.control.exists() else None
    return "OLD" if row is None else row.authority


@contextmanager
def only_check(layout: Layout) -> Iterator[None]:
    """The right to be the one check of this data directory; raises SyncError when it is taken."""
    layout.parallel.mkdir(parents=True, exist_ok=True)
    with ExitStack() as held:
        try:
            held.enter_context(Lease(layout.parallel / "drift"))
        except TargetBusy:
            raise SyncError("a drift check runs already; it ends by itself") from None
        yield
