"""The figures of a switch, measured around it: answers, held writes, lost and late ones.

Asked of the gateway and of both sides' own notes. What cannot be had is left out, never 0. Resets
are what a client sees; here they are the restarts of the gateway, and requests that it dropped.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moonlanding_assets.cutover.switch.parts import Parts
from moonlanding_assets.cutover.switch.real import GatewayRouter
from moonlanding_assets.errors import MoonlandingError
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.parallel.state.states import Side
from moonlanding_assets.settings import Layout

SERVER_FAULT = "5xx"


@dataclass(frozen=True, kw_only=True)
class Before:
    """What was seen before the gate closed. side: that wrote; line: the history's last one."""

    side: Side
    line: int
    answers: Mapping[str, int]
    started: float | None


def seen_before(layout: Layout, parts: Parts) -> Before:
    """The state of the counters now."""
    control = Control(layout.control)
    row = control.row()
    assert row is not None
    told = _gateway(parts)
    return Before(
        side=row.authority,
        line=max((one.number for one in control.history()), default=0),
        answers=told.get("answers", {}),
        started=told.get("started"),
    )


def figures_of(layout: Layout, parts: Parts, before: Before) -> dict[str, Any]:
    """By name, each measured; see docs/cutover.md."""
    found = {**_of_the_gateway(parts, before), **_of_the_steps(layout, before)}
    noted = found.get("noted_writes")
    if noted is not None:
        found["late_writes"] = parts.fences.noted_writes(before.side) - noted
    return found


def _gateway(parts: Parts) -> Mapping[str, Any]:
    if not isinstance(parts.router, GatewayRouter):
        return {}
    try:
        return parts.router.status()
    except MoonlandingError:
        return {}


def _of_the_gateway(parts: Parts, before: Before) -> dict[str, Any]:
    told = _gateway(parts)
    if not told:
        return {}
    found: dict[str, Any] = dict(told["holds"])
    if before.started is None or told["started"] != before.started:
        return {**found, "gateway_restarts": 1}
    answers = {code: count - before.answers.get(code, 0) for code, count in told["answers"].items()}
    return {
        **found,
        "gateway_restarts": 0,
        "answers": sum(answers.values()),
        "answers_5xx": answers.get(SERVER_FAULT, 0),
    }


def _of_the_steps(layout: Layout, before: Before) -> dict[str, Any]:
    """What the steps showed: events not applied, documents that differ, writes noted at the fence.

    Only of this switch: lines of the history after `before`.
    """
    shown: dict[str, Any] = {}
    for line in Control(layout.control).history():
        if line.number > before.line and line.kind == "step":
            shown |= line.evidence
    names = {
        "unapplied_events": "acknowledged_writes_lost",
        "drift": "documents_that_differ",
        "noted_writes": "noted_writes",
    }
    return {name: shown[key] for key, name in names.items() if key in shown}
