"""kill -9 of gateway, controller or sync at a step of a switch, and what brings it to an end.

    python -m moonlanding_assets_tests.switch_kills

kills each of the three at each of the thirteen steps, both ways, under writes, and prints how long
it took until a write was acknowledged again. Whoever is killed is started again at once, as a
supervisor does; a switch that is left is ended by `recover`, as a person does.
"""

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from moonlanding_assets.cutover.switch.course import Switch
from moonlanding_assets.cutover.switch.opening import opened_parts
from moonlanding_assets.errors import MoonlandingError
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.parallel.state.control_row import Line, Row
from moonlanding_assets.parallel.state.states import FREEZING_STEPS
from moonlanding_assets.settings import read_settings
from moonlanding_assets_tests.evidence_of_change import good
from moonlanding_assets_tests.measure_switch import BETWEEN_SECONDS, of_writes
from moonlanding_assets_tests.switch_firm import PATIENT, Firm, chats, firm_in_emulator, waited
from moonlanding_assets_tests.switch_load import Load
from moonlanding_assets_tests.sync_service_kit import until
from moonlanding_assets_tests.syncing import TINY

Victim = Literal["gateway", "controller", "sync"]
Way = Literal["go", "reverse"]
VICTIMS: tuple[Victim, ...] = ("gateway", "controller", "sync")
WAYS: tuple[Way, ...] = ("go", "reverse")
RECOVERED_SECONDS = 10.0
WRITES_A_SECOND = 20.0
STEPS = len(FREEZING_STEPS)
_TRIES = 40


@dataclass(frozen=True, kw_only=True)
class Recovery:
    """From the kill to the first acknowledged write. moved: authority is the other side's now."""

    victim: Victim
    way: Way
    step: int
    seconds: float
    moved: bool


def kill_at(firm: Firm, victim: Victim, way: Way, step: int) -> Recovery:
    """One switch with one kill when the step is done, and its end. Asserts the invariants."""
    _from_the_start(firm, way)
    before, line = _row(firm), firm.control.history()[-1].number
    killed: list[float] = []
    helpers: list[threading.Thread] = []

    def tell(done: str) -> None:
        if done == FREEZING_STEPS[step - 1].name and not killed:
            killed.append(time.monotonic())
            helpers.append(_killed(firm, victim))

    if victim == "controller":
        killed.append(kill_controller(firm, way, step))
    else:
        _switched(firm, way, tell)
    for one in helpers:
        one.join()
    _recovered(firm)
    seconds = time.monotonic() - killed[0]
    require_whole(firm, before, line)
    moved = _row(firm).epoch != before.epoch
    return Recovery(victim=victim, way=way, step=step, seconds=seconds, moved=moved)


def require_whole(firm: Firm, before: Row, line: int) -> None:
    """The invariants at rest, of what the processes themselves say."""
    row = _row(firm)
    accepts = {side: one.accepts() for side, one in firm.fences.sides.items()}
    loser = "OLD" if row.authority == "NEW" else "NEW"
    assert accepts == {row.authority: row.epoch, loser: None}  # I1, I7, I11
    assert row.journal == ""
    assert row.state in ("S5", "S8")
    assert row.epoch in (before.epoch, before.epoch + 1)  # I9
    lines = [one for one in firm.control.history() if one.number > line and one.kind != "step"]
    assert sum(one.state == "S7" for one in lines) <= 1  # I9
    assert (row.epoch != before.epoch) == any(one.state == "S7" for one in lines)
    assert firm.write("whole") == row.authority  # I5, I12
    until(lambda: firm.name_in("OLD") == firm.name_in("NEW") == "whole", "the same on both sides")
    assert firm.parts.streams.conflicts() == 0
    assert _epochs(firm.control.history()) == sorted(_epochs(firm.control.history()))


def _epochs(lines: tuple[Line, ...]) -> list[int]:
    return [one.epoch for one in lines]


def _from_the_start(firm: Firm, way: Way) -> None:
    """In S5 for a switch forward, in S8 for one back."""
    wanted = "S5" if way == "go" else "S8"
    if _row(firm).state != wanted:
        _switched(firm, "reverse" if way == "go" else "go", lambda step: None)
        _recovered(firm)
    assert _row(firm).state == wanted


def _switched(firm: Firm, way: Way, tell: Callable[[str], None]) -> None:
    """By a controller in this process; what it says of a part that is gone does not matter."""
    row = _row(firm)
    evidence = good(row.state, "S6", epoch=row.epoch)
    switch = Switch(firm.control, firm.parts, by="a test", limits=firm.limits, tell=tell)
    with suppress(MoonlandingError):
        if way == "go":
            switch.go(evidence=evidence)
        else:
            switch.reverse(to="S5", evidence=evidence, reason="a test")


def _killed(firm: Firm, victim: Victim) -> threading.Thread:
    """kill -9 now; started again beside, at once."""
    kill = firm.kill_gateway if victim == "gateway" else firm.kill_sync
    start = firm.start_gateway if victim == "gateway" else firm.start_sync
    kill()
    starting = threading.Thread(target=start)
    starting.start()
    return starting


def kill_controller(firm: Firm, way: Way, step: int) -> float:
    """A controller in a process of its own that dies there; when it was dead."""
    ended = subprocess.run(
        [
            sys.executable, "-m", "moonlanding_assets_tests.switch_kills", "controller",
            firm.address, way, str(step),
        ],
        env={**firm.environment(), "MOONLANDING_DATA": str(firm.layout.data)},
        check=False, timeout=240,
    )  # fmt: skip
    assert ended.returncode == -signal.SIGKILL
    return time.monotonic()


def _recovered(firm: Firm) -> None:
    """`recover` until the row is at rest, then until a write is acknowledged by its authority."""
    pause = threading.Event()
    for _ in range(_TRIES):
        row = _row(firm)
        if row.state not in ("S6", "S7") and not row.journal:
            break
        with suppress(MoonlandingError):
            firm.switch().recover()
    until(lambda: _acknowledged(firm) or pause.wait(0.02), "an acknowledged write")


def _acknowledged(firm: Firm) -> bool:
    try:
        return firm.write("recovered") == _row(firm).authority
    except urllib.error.HTTPError as error:
        error.close()
        return False
    except OSError:
        return False


def _row(firm: Firm) -> Row:
    row = firm.control.row()
    assert row is not None
    return row


def die_in_the_middle(address: str, way: Way, step: int) -> None:
    """The controller that is killed when this step is done."""
    settings = read_settings(os.environ)
    control = Control(settings.layout.control)
    row = control.row()
    assert row is not None

    def tell(done: str) -> None:
        if done == FREEZING_STEPS[step - 1].name:
            os.kill(os.getpid(), signal.SIGKILL)

    with opened_parts(settings, gateway=address) as parts:
        switch = Switch(control, parts, by="a test", limits=PATIENT, tell=tell)
        evidence = good(row.state, "S6", epoch=row.epoch)
        if way == "go":
            switch.go(evidence=evidence)
        else:
            switch.reverse(to="S5", evidence=evidence, reason="a test")


def main() -> int:
    """All of them."""
    with firm_in_emulator("kills", scale=TINY) as firm:
        found, writes = _all_of_them(firm)
    slow = [one for one in found if one.seconds >= RECOVERED_SECONDS]
    worst = max(one.seconds for one in found)
    told = {"kills": len(found), "slowest_seconds": round(worst, 2), "slow": len(slow), **writes}
    sys.stdout.write(f"{json.dumps(told, indent=2)}\n")
    wrong = ("acknowledged_writes_lost", "last_values_that_differ", "documents_that_differ")
    return 1 if slow or any(told[key] for key in wrong) else 0


def _all_of_them(firm: Firm) -> tuple[list[Recovery], dict[str, Any]]:
    """Under writes; the recoveries, and what became of the writes."""
    found: list[Recovery] = []
    load = Load(firm.address, chats(firm, 100), rate=WRITES_A_SECOND)
    load.start()
    for step, way, victim in itertools.product(range(1, STEPS + 1), WAYS, VICTIMS):
        found.append(kill_at(firm, victim, way, step))
        _say(found[-1])
        waited(BETWEEN_SECONDS)
    return found, of_writes(firm, load.end())


def _say(one: Recovery) -> None:
    moved = "moved" if one.moved else "stayed"
    sys.stdout.write(
        f"step {one.step:2} {one.way:8} {one.victim:10} {moved:7} {one.seconds:6.2f} s\n"
    )
    sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[1:2] == ["controller"]:
        asked: Way = "go" if sys.argv[3] == "go" else "reverse"
        die_in_the_middle(sys.argv[2], asked, int(sys.argv[4]))
    else:
        sys.exit(main())
