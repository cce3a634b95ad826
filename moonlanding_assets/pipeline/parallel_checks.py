"""The checks of phase 3.8: figures against their bounds. No evidence is never a pass.

Holds the names of its assets and checks, and no asset (p5_parallel.py, p5_drift.py).
"""

from collections.abc import Iterable, Mapping
from typing import Any

import dagster as dg

from moonlanding_assets.parallel.drift.record import ALL, CHANGED
from moonlanding_assets.parallel.service.process import running_process, said_now
from moonlanding_assets.parallel.state.requirements import Requirement
from moonlanding_assets.parallel.state.states import NO_CONFLICT
from moonlanding_assets.settings import Layout

GROUP = "6_parallel"
STATE = dg.AssetKey(["parallel", "state"])
SYNC = dg.AssetKey(["parallel", "sync"])
DRIFT = {kind: dg.AssetKey(["parallel", f"drift_{kind}"]) for kind in (CHANGED, ALL)}
SHADOW = dg.AssetKey(["parallel", "shadow"])
RUNS, GATE, IN_STEP, NO_DRIFT, NO_MISMATCH = (
    "sync_runs", "gate_is_open", "lag_is_in_bound", "no_drift", "no_mismatch",
)  # fmt: skip
CLEAN = Requirement(key="drift", says="no difference is confirmed", equals=0)
ALIKE = Requirement(key="shadow_mismatches", says="no compared read differed", equals=0)

_NONE = (
    NO_CONFLICT,
    Requirement(key="quarantined", says="no event lies in quarantine", equals=0),
    Requirement(key="undeclared", says="nothing is unknown to the declarations", equals=0),
)


def asked(
    name: str, asset: dg.AssetKey, bounds: Iterable[Requirement], figures: Mapping[str, Any]
) -> dg.AssetCheckResult:
    """The check of figures against their bounds; a figure that is missing is NO_EVIDENCE."""
    listed = tuple(bounds)
    lacking = [one.key for one in listed if one.key not in figures]
    wrong = [said for one in listed if (said := one.problem(figures)) is not None]
    verdict = "NO_EVIDENCE" if lacking else "FAIL" if wrong else "PASS"
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=name,
        passed=verdict == "PASS",
        severity=dg.AssetCheckSeverity.ERROR,
        description="; ".join([verdict, *wrong]),
        metadata={"verdict": verdict, **{one.key: figures.get(one.key) for one in listed}},
    )


def runs_check(layout: Layout) -> dg.AssetCheckResult:
    """Whether the sync runs and speaks."""
    process = running_process(layout)
    said = said_now(layout)
    word = "PASS" if said else "FAIL: it does not speak" if process else "FAIL: it does not run"
    return dg.AssetCheckResult(
        asset_key=SYNC, check_name=RUNS, passed=bool(said), severity=dg.AssetCheckSeverity.WARN,
        description=f"{word} {said.get('problem', '')}".strip(),
    )  # fmt: skip


def gate_check(figures: Mapping[str, Any]) -> dg.AssetCheckResult:
    """Whether anything needs a person first."""
    return asked(GATE, SYNC, _NONE, figures)


def check_spec(name: str, asset: dg.AssetKey, description: str) -> dg.AssetCheckSpec:
    """A check that turns red and stops nobody: what is wrong is for a person."""
    return dg.AssetCheckSpec(name, asset=asset, description=description)
