"""One controller at a time: the switch and its ways back as people start them, each with a record.

Holds the lease, the signals and the order around a switch; the steps are course.py's. Ctrl-C is an
abort up to the journal, and nothing from there on. Undo of `go`: `reverse`. Of a rehearsal: none is
needed.
"""

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from moonlanding_assets.cutover.switch.course import Switch, Switched, Tell, in_silence
from moonlanding_assets.cutover.switch.direct_fence import still_fenced
from moonlanding_assets.cutover.switch.figures import Before, figures_of, seen_before
from moonlanding_assets.cutover.switch.page import keep_page
from moonlanding_assets.cutover.switch.parts import Parts
from moonlanding_assets.cutover.switch.prechecks import Direct, Prechecks, look
from moonlanding_assets.cutover.switch.preparing import told_to_all
from moonlanding_assets.cutover.switch.record import (
    ABORTED,
    FAILED,
    PASSED,
    Kind,
    SwitchRecord,
    keep_record,
)
from moonlanding_assets.errors import MoonlandingError, SwitchAborted, TransitionRefused
from moonlanding_assets.parallel.service.processes import Service
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.parallel.state.control_row import Row, utc_now
from moonlanding_assets.settings import Layout

Run = Callable[[Switch, Mapping[str, Any]], Switched]
_ABORT_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Who asks for it, and why. tell: is told the name of each step done.

    waits: is told what is waited for before a gate is closed, while nothing is held. direct:
    whether those who bypass the gateway are fenced; see prechecks.py.
    """

    by: str
    reason: str = ""
    to: str = "S2"
    tell: Tell = in_silence
    waits: Tell = in_silence
    direct: Direct | None = None


def controller_service(layout: Layout) -> Service:
    """The one process that may move the state through a switch."""
    return Service(
        name="a switch",
        place=layout.parallel / "switch",
        log=layout.parallel / "switch.log",
        stops_by="moonlanding cutover abort",
    )


def go(layout: Layout, parts: Parts, asked: Asked) -> SwitchRecord:
    """From OLD to NEW: prechecks, thirteen steps, record. Raises TransitionRefused, SwitchAborted.

    A switch that was aborted has its record too; nothing moved then.
    """

    def run(switch: Switch, evidence: Mapping[str, Any]) -> Switched:
        return switch.go(evidence=evidence)

    return _switched(layout, parts, asked, kind="go", run=run)


def reverse(layout: Layout, parts: Parts, asked: Asked) -> SwitchRecord:
    """From NEW back to OLD, to S2 or S5; the same steps with the sides exchanged."""

    def run(switch: Switch, evidence: Mapping[str, Any]) -> Switched:
        return switch.reverse(to=asked.to, evidence=evidence, reason=asked.reason)

    return _switched(layout, parts, asked, kind="reverse", run=run)


def rehearse(layout: Layout, parts: Parts, asked: Asked) -> SwitchRecord:
    """Steps 1 to 7 and back: writes are held for a moment, nothing moves."""

    def run(switch: Switch, evidence: Mapping[str, Any]) -> Switched:
        return switch.rehearse(evidence=evidence, reason=asked.reason)

    return _switched(layout, parts, asked, kind="rehearse", run=run)


def abort(layout: Layout, parts: Parts, asked: Asked) -> Row:
    """Undo a freeze whose controller is gone; raises TransitionRefused where there is none."""
    with controller_service(layout).only():
        return _switch(layout, parts, asked).abort(reason=asked.reason or "by command")


def recover(layout: Layout, parts: Parts, asked: Asked) -> Row | None:
    """After a kill: on where a journal is, else back; None where there is nothing to do."""
    with controller_service(layout).only():
        return _switch(layout, parts, asked).recover()


def interrupt(layout: Layout) -> int | None:
    """Ask the running controller to abort; its process, None when none runs."""
    return controller_service(layout).stop(wait_seconds=_ABORT_SECONDS)


def _switched(layout: Layout, parts: Parts, asked: Asked, *, kind: Kind, run: Run) -> SwitchRecord:
    way = "reverse" if kind == "reverse" else "go"
    with controller_service(layout).only():
        with told_to_all(layout, asked.waits) as tell:
            prechecks = look(layout, parts, way=way, direct=asked.direct, tell=tell)
        _require(prechecks)
        switch = _switch(layout, parts, asked)
        before = seen_before(layout, parts)
        begun = _begun(layout, asked, kind, prechecks)
        try:
            with _interrupts_until_the_journal(switch):
                done = run(switch, prechecks.evidence)
        except SwitchAborted as aborted:
            said = f"{aborted}{still_fenced(layout, before='. ')}"
            _kept(layout, parts, begun, before, switch, verdict=ABORTED, said=said)
            raise SwitchAborted(said) from aborted
        except MoonlandingError as error:
            _kept(layout, parts, begun, before, switch, verdict=FAILED, said=str(error))
            raise
        return _kept(
            layout, parts, begun, before, switch, verdict=PASSED,
            said=f"{done.state} in epoch {done.epoch}", hold_seconds=done.hold_seconds,
        )  # fmt: skip


def _switch(layout: Layout, parts: Parts, asked: Asked) -> Switch:
    return Switch(Control(layout.control), parts, by=asked.by, tell=asked.tell)


def _require(prechecks: Prechecks) -> None:
    if prechecks.is_open:
        return
    listed = "; ".join(
        f"{one.says}: {one.found}" + (f" (`{one.command}`)" if one.command else "")
        for one in prechecks.missing
    )
    raise TransitionRefused(f"the switch is not open yet: {listed}")


def _begun(layout: Layout, asked: Asked, kind: Kind, prechecks: Prechecks) -> SwitchRecord:
    row = Control(layout.control).row()
    assert row is not None
    return SwitchRecord(
        kind=kind,
        verdict="",
        said="",
        by=asked.by,
        began_at=utc_now(),
        ended_at="",
        from_state=row.state,
        from_epoch=row.epoch,
        to_state="",
        epoch=row.epoch,
        prechecks=prechecks.listed,
    )


def _kept(
    layout: Layout,
    parts: Parts,
    begun: SwitchRecord,
    before: Before,
    switch: Switch,
    *,
    verdict: str,
    said: str,
    hold_seconds: float | None = None,
) -> SwitchRecord:
    row = Control(layout.control).row()
    record = replace(
        begun,
        verdict=verdict,
        said=said,
        ended_at=utc_now(),
        to_state="" if row is None else row.state,
        epoch=begun.epoch if row is None else row.epoch,
        seconds=dict(switch.seconds),
        hold_seconds=hold_seconds,
        figures=figures_of(layout, parts, before),
    )
    kept = keep_record(layout, record)
    keep_page(layout)
    return kept


@contextmanager
def _interrupts_until_the_journal(switch: Switch) -> Iterator[None]:
    """Ctrl-C and SIGTERM interrupt while there is an undo; from the journal on they are ignored."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    tell, asked = switch.tell, (signal.SIGINT, signal.SIGTERM)
    before = {one: signal.signal(one, signal.default_int_handler) for one in asked}

    def told(step: str) -> None:
        if step == "create reverse":  # the journal is next
            for one in asked:
                signal.signal(one, signal.SIG_IGN)
        tell(step)

    switch.tell = told
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
