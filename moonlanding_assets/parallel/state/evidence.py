"""The evidence of each change of state: which measure gives which figure, and what gets a new one.

Each measure reads what was recorded or is running now, and leaves out what it cannot find. The
registry is written out; nothing is discovered and nothing is decided here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from moonlanding_assets.parallel.backward.echo import echo_evidence
from moonlanding_assets.parallel.backward.proof import reverse_evidence
from moonlanding_assets.parallel.drift.evidence import drift_evidence
from moonlanding_assets.parallel.gateway.evidence import canary_evidence, shadow_evidence
from moonlanding_assets.parallel.service.evidence import (
    beginning_evidence,
    share_evidence,
    sync_evidence,
)
from moonlanding_assets.parallel.state.readiness import backup_evidence, disk_evidence
from moonlanding_assets.parallel.state.transitions import Transition
from moonlanding_assets.settings import Layout

Measure = Callable[[Layout], Mapping[str, Any]]

EVIDENCE: Mapping[str, Measure] = {
    "digest_is_manifest": beginning_evidence,
    "gap_us": beginning_evidence,
    "unreconciled_events": sync_evidence,
    "quarantined": sync_evidence,
    "undeclared": sync_evidence,
    "conflicts": sync_evidence,
    "lag_seconds": sync_evidence,
    "lag_held_seconds": sync_evidence,
    "drift": drift_evidence,
    "clean_sweep_orders": drift_evidence,
    "reverse_path_proved": reverse_evidence,
    "reverse_path_echoes": reverse_evidence,
    "shadow_mismatches": shadow_evidence,
    "shadow_compared": shadow_evidence,
    "shadow_least_per_endpoint": shadow_evidence,
    "error_rate_ratio": canary_evidence,
    "p95_ratio": canary_evidence,
    "percent": share_evidence,
    "percent_held_seconds": share_evidence,
    "disk_free_share": disk_evidence,
    "backup_age_seconds": backup_evidence,
    "echoed_writes": echo_evidence,
    "echo_seconds": echo_evidence,
}

_SERVICE = "moonlanding parallel start"
_GATEWAY = "moonlanding gateway"
COMMANDS: Mapping[str, str] = {
    "digest_is_manifest": "move data/app.db away, then moonlanding run 3.6 and 3.7",
    "gap_us": f"{_SERVICE}, which measures it",
    "unreconciled_events": f"{_SERVICE}, and wait for its whole reading",
    "quarantined": "moonlanding parallel quarantine list",
    "undeclared": "declare it (moonlanding declare --suggest), then stop and start the sync",
    "conflicts": "moonlanding parallel conflicts list",
    "lag_seconds": _SERVICE,
    "lag_held_seconds": f"{_SERVICE}, and wait",
    "drift": "moonlanding drift --all",
    "clean_sweep_orders": "moonlanding drift --all, twice",
    "reverse_path_proved": "moonlanding parallel reverse-proof",
    "reverse_path_echoes": "moonlanding parallel reverse-proof",
    "shadow_mismatches": "moonlanding shadow report",
    "shadow_compared": f"{_GATEWAY}, and let people read",
    "shadow_least_per_endpoint": f"{_GATEWAY}, and let people read",
    "percent": "moonlanding parallel share 100",
    "percent_held_seconds": f"{_SERVICE}, and wait",
    "error_rate_ratio": f"{_GATEWAY}, and let people read",
    "p95_ratio": f"{_GATEWAY}, and let people read",
    "disk_free_share": "make room on the disk",
    "backup_age_seconds": "moonlanding backup",
    "is_signed": "moonlanding approve 3.9 --by NAME",
    "echoed_writes": f"{_SERVICE}, and let people write",
    "echo_seconds": "moonlanding parallel status",
}


@dataclass(frozen=True, kw_only=True)
class Lacking:
    """A figure that a change asks and the evidence does not show, and what would get it."""

    key: str
    what: str
    command: str


def evidence_for(
    transition: Transition,
    layout: Layout,
    *,
    given: Mapping[str, Any] | None = None,
    measures: Mapping[str, Measure] = EVIDENCE,
) -> dict[str, Any]:
    """Everything that the measures of the asked figures find; `given` are the asker's own.

    Each measure is taken once, now. What they find besides is kept: it is in the history then.
    """
    asked = dict.fromkeys(one.key for one in transition.asks)
    found: dict[str, Any] = {}
    for measure in dict.fromkeys(measures[key] for key in asked if key in measures):
        found |= measure(layout)
    return {**found, **(given or {})}


def lacking(
    transition: Transition,
    evidence: Mapping[str, Any],
    *,
    commands: Mapping[str, str] = COMMANDS,
) -> tuple[Lacking, ...]:
    """What is not met, in the order in which it is asked."""
    return tuple(
        Lacking(key=one.key, what=what, command=commands.get(one.key, ""))
        for one in transition.asks
        if (what := one.problem(evidence)) is not None
    )
