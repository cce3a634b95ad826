"""What the gateway measured, on the disk: shadow.json and canary.json beside the control database.

Counts belong to one stay in S3, and to one try of the canary (S4 and S5): a new one begins at
nothing, a gateway that is started again goes on. Holds no comparison and no route.
"""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moonlanding_assets.load.files import put_in_place
from moonlanding_assets.parallel.gateway.canary import Canary, side_reads
from moonlanding_assets.parallel.gateway.shadow import REASONS, Mismatch, ShadowCounts
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.parallel.state.control_row import Line, utc_now
from moonlanding_assets.settings import Layout

SHADOW_FILE, CANARY_FILE = "shadow.json", "canary.json"
_SHADOW = ("S3",)
_CANARY = ("S4", "S5", "S6")  # a freeze that is aborted comes back to the same try


def shadow_evidence(layout: Layout) -> dict[str, Any]:
    """The figures of the shadow reads of this stay in S3; nothing without any."""
    found = read_shadow(layout)
    return {} if found is None or not found.compared else dict(found.evidence())


def canary_evidence(layout: Layout) -> dict[str, Any]:
    """NEW's errors and p95 against OLD's in this try; nothing before both have enough reads."""
    found = read_canary(layout)
    return {} if found is None else dict(found.evidence())


def read_shadow(layout: Layout) -> ShadowCounts | None:
    """The counts of the present or last stay in S3; None when there are none."""
    return _shadow_of(_held(layout.parallel / SHADOW_FILE, _stay(layout, _SHADOW)))


def read_canary(layout: Layout) -> Canary | None:
    """The counts of the present or last try; None when there are none."""
    return _canary_of(_held(layout.parallel / CANARY_FILE, _stay(layout, _CANARY)))


def _stay(layout: Layout, states: tuple[str, ...]) -> int:
    return stay_of(Control(layout.control).history(), states) if layout.control.exists() else 0


def stay_of(history: tuple[Line, ...], states: tuple[str, ...]) -> int:
    """The number of the line by which these states were last entered from others; 0 for never."""
    entered = (
        one.number
        for one in reversed(history)
        if one.kind != "step" and one.state in states and one.from_state not in states
    )
    return next(entered, 0)


@dataclass
class Kept:
    """The counts of a running gateway; `directory` holds the two files."""

    directory: Path
    shadow_stay: int = -1
    canary_stay: int = -1

    def follow(
        self, history: tuple[Line, ...], counts: ShadowCounts, canary: Canary
    ) -> tuple[ShadowCounts, Canary]:
        """The counts to go on with: the same, those on the disk, or new ones."""
        shadow, tried = stay_of(history, _SHADOW), stay_of(history, _CANARY)
        if shadow != self.shadow_stay:
            counts = _shadow_of(_held(self.directory / SHADOW_FILE, shadow)) or ShadowCounts()
        if tried != self.canary_stay:
            canary = _canary_of(_held(self.directory / CANARY_FILE, tried)) or Canary()
        self.shadow_stay, self.canary_stay = shadow, tried
        return counts, canary

    def keep(self, counts: ShadowCounts, canary: Canary) -> None:
        """Write what there is, each file as a whole."""
        if self.shadow_stay > 0:
            self._put(SHADOW_FILE, {"stay": self.shadow_stay, **described(counts)})
        if self.canary_stay > 0:
            sides = {side: one.described() for side, one in canary.sides.items()}
            self._put(CANARY_FILE, {"stay": self.canary_stay, "sides": sides})

    def _put(self, name: str, content: dict[str, Any]) -> None:
        text = json.dumps({"at": utc_now(), **content}, indent=1, sort_keys=True)
        put_in_place(self.directory / name, text.encode())


def described(counts: ShadowCounts) -> dict[str, Any]:
    """The counts as JSON holds them, and as the report shows them."""
    endpoints: dict[str, dict[str, int]] = {}
    for (endpoint, result), count in sorted(counts.endpoints.items()):
        endpoints.setdefault(endpoint, {})[result] = count
    return {
        "compared": counts.compared,
        "matched": counts.total("matched"),
        "mismatched": counts.total("mismatched"),
        "ignored": {reason: counts.reasons[reason] for reason in REASONS},
        "unsettled": counts.total("unsettled"),
        "confirmed_on_recheck": counts.confirmed_on_recheck,
        "endpoints": endpoints,
        "mismatches": [[one.path, list(one.fields)] for one in counts.mismatches],
    }


def _held(file: Path, stay: int) -> dict[str, Any]:
    """The content of a file of this very stay; nothing else counts."""
    try:
        content = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) and stay and content.get("stay") == stay else {}


def _shadow_of(content: dict[str, Any]) -> ShadowCounts | None:
    if not content:
        return None
    counts = ShadowCounts(
        reasons=Counter(content["ignored"]),
        confirmed_on_recheck=content["confirmed_on_recheck"],
        mismatches=[Mismatch(path=path, fields=tuple(one)) for path, one in content["mismatches"]],
    )
    for endpoint, results in content["endpoints"].items():
        for result, count in results.items():
            counts.endpoints[(endpoint, result)] = count
    return counts


def _canary_of(content: dict[str, Any]) -> Canary | None:
    if not content:
        return None
    sides = content["sides"]
    return Canary({"OLD": side_reads(sides["OLD"]), "NEW": side_reads(sides["NEW"])})
