"""Faults drawn from a seed for one reading through the proxy, and what came of the reading.

Holds no assertion: the tests and measure_live.py judge.
"""

import random
import threading
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import grpc

from moonlanding_assets.errors import LiveReadError
from moonlanding_assets.progress import Silent
from moonlanding_assets.source.firestore import open_live
from moonlanding_assets.source.value import Fields, canonical, integer
from moonlanding_assets.source.withholding import secret_collection
from moonlanding_assets_tests import fault_proxy as faults
from moonlanding_assets_tests.fault_proxy import Call, Fault, FaultProxy
from moonlanding_assets_tests.live_kit import Lines, impatient, live_of, put, texts_of

STALLED_SECONDS = 0.5
PAGE = 20
CODES = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.ABORTED,
    grpc.StatusCode.UNKNOWN,
)


@dataclass(frozen=True)
class Place:
    """A project of mwr in the emulator with a proxy before it, and what is to be read of it."""

    name: str
    emulator: str
    proxy: FaultProxy
    documents: dict[str, Fields]

    @property
    def wanted(self) -> dict[str, str]:
        """Canonical fields by path of all that is not secret."""
        return {
            path: canonical(fields)
            for path, fields in self.documents.items()
            if secret_collection(path) is None
        }

    def restore(self) -> None:
        """All documents as they were at first."""
        put(self.emulator, f"{self.name}-mwr", self.documents)


class Schedule:
    """Faults for the calls of one reading, drawn from a seed; `happened` counts them by kind."""

    def __init__(self, seed: int, place: Place) -> None:
        self._chance = random.Random(seed)
        self._place = place
        self._share = self._chance.choice((0.05, 0.15, 0.3, 0.6))
        self._stalls = int(seed % 10 == 0)
        self._changes = self._chance.randrange(2, 6) if seed % 4 == 0 else 0
        self._changing = threading.Lock()
        self._is_over = False
        self._has_changed = False
        self.happened: Counter[str] = Counter()

    def __call__(self, call: Call) -> Fault | None:
        """What happens to this call."""
        if call.rpc == "RunQuery" and call.number == self._changes:
            return self._noted(faults.First(self._change))
        if self._chance.random() >= self._share:
            return None
        if call.rpc == "RunQuery" and self._stalls:
            self._stalls -= 1
            return self._noted(faults.Stall(self._chance.randrange(PAGE)))
        return self._noted(self._drawn(call))

    def _drawn(self, call: Call) -> Fault:
        chance = self._chance
        after = chance.choice((0, chance.randrange(PAGE), PAGE)) if call.rpc == "RunQuery" else 0
        status = faults.Status(chance.choice(CODES), after)
        if call.rpc != "RunQuery":
            return chance.choice((status, faults.EarlyEnd(0)))
        return chance.choice(
            (
                status,
                status,
                faults.EarlyEnd(after),
                faults.EarlyEnd(after),
                faults.Again(after, 1),
                faults.Again(0, PAGE),
                faults.Skip(after, chance.choice((1, PAGE, 1000))),
                faults.Swap(),
                faults.OtherMoment(),
            )
        )

    def _noted(self, fault: Fault) -> Fault:
        self.happened[type(fault).__name__] += 1
        return fault

    def end(self) -> None:
        """No change comes any more; what was changed is as it was."""
        with self._changing:
            self._is_over = True
            if self._has_changed:
                self._place.restore()

    def _change(self) -> None:
        """One document is deleted, one created, all others are changed."""
        changed = {path: {"changed": integer(1)} for path in self._place.documents}
        changed.popitem()
        changed["myworkreview/users/list/came"] = {"n": integer(1)}
        with self._changing:
            if not self._is_over:  # a call may outlive the reading that it was made for
                self._has_changed = True
                put(self._place.emulator, f"{self._place.name}-mwr", changed)


def read_by(
    place: Place, schedule: Schedule, directory: Path, seed: int
) -> tuple[str, dict[str, str]]:
    """`exact` or the name of the error, and the canonical fields by path that were read."""
    place.proxy.reset(schedule)
    tools = impatient(seed, timeout_seconds=STALLED_SECONDS if seed % 10 == 0 else 20.0)
    live = live_of(place.proxy.address, place.name, page_size=PAGE, parallel=1 + seed % 3)
    spilled = directory / "spilled"
    spilled.mkdir(parents=True)
    try:
        with open_live("mwr", live, directory, say=Lines(), tools=tools) as source:
            tally = source.spill(spilled, progress=Silent(), workers=1)
    except LiveReadError as error:
        return type(error).__name__, {}
    finally:
        schedule.end()
    return "exact", texts_of(tally.files)
