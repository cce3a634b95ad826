"""Phase 3.8 as Dagster shows it: the state, the sync, drift, shadow reads.

Assets and checks only. They look; nothing here moves a state, repairs or starts anything, and
nothing takes the lease of the data directory. No evidence is never a pass.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import dagster as dg

from moonlanding_assets.cutover.switch.signing import is_signed
from moonlanding_assets.parallel.gateway.evidence import described, read_shadow, shadow_evidence
from moonlanding_assets.parallel.service.evidence import sync_evidence
from moonlanding_assets.parallel.service.process import said_now
from moonlanding_assets.parallel.state.standing import Standing, read_standing
from moonlanding_assets.parallel.state.states import LAG
from moonlanding_assets.pipeline.metadata import RawMetadata, line_plot, plot, rows_table
from moonlanding_assets.pipeline.p5_drift import DRIFT_ASSETS
from moonlanding_assets.pipeline.p5_phases import PHASE_KEYS
from moonlanding_assets.pipeline.parallel_checks import (
    ALIKE,
    GATE,
    GROUP,
    IN_STEP,
    NO_MISMATCH,
    RUNS,
    SHADOW,
    STATE,
    SYNC,
    asked,
    check_spec,
    gate_check,
    runs_check,
)
from moonlanding_assets.settings import Settings

_SAMPLES = 40


@dg.asset(
    key=STATE,
    deps=[PHASE_KEYS["3.7"]],
    group_name=GROUP,
    kinds={"sqlite"},
    description="The state S0 to S11: who reads, who writes, what the next state asks and lacks.",
)
def parallel_state(beside: dg.ResourceParam[Settings]) -> dg.MaterializeResult[None]:
    """The row as it is."""
    standing = read_standing(beside.layout, signed=is_signed)
    if standing is None:
        raise dg.Failure(
            "Parallel operation has not begun: `moonlanding parallel begin --by NAME`.",
            allow_retries=False,
        )
    return dg.MaterializeResult(metadata=_state_metadata(standing))


def _state_metadata(standing: Standing) -> RawMetadata:
    row = standing.as_json()
    command, because = standing.next_step
    missing = [(way.target, lack.what, lack.command) for way in standing.ways for lack in way.lacks]
    asks = [(way.target, way.kind, "; ".join(way.asks) or "a reason") for way in standing.ways]
    return {
        **{name: row[name] for name in ("state", "epoch", "reads", "writes", "sync", "percent")},
        "is_gate_open": standing.row.is_gate_open,
        "ways_on": rows_table(("to", "kind", "asks"), asks),
        "missing": rows_table(("to", "what", "command"), missing),
        "next_step": f"{command}  ({because})" if command else because,
    }


@dg.asset(
    key=SYNC,
    deps=[STATE],
    group_name=GROUP,
    kinds={"firestore", "sqlite"},
    description="How the forward sync stands: lag, what is applied, what needs a person.",
    check_specs=[
        check_spec(RUNS, SYNC, "The sync runs, and said so within ten seconds."),
        check_spec(GATE, SYNC, "No conflict, no quarantined event, nothing undeclared."),
        check_spec(IN_STEP, SYNC, f"{LAG.says} ({LAG.bound})."),
    ],
)
def parallel_sync(
    context: dg.AssetExecutionContext, beside: dg.ResourceParam[Settings]
) -> Iterator[dg.MaterializeResult[None]]:
    """What the running sync says now, and what lies in its tables."""
    layout = beside.layout
    figures, said = sync_evidence(layout), said_now(layout)
    lag = figures.get("lag_seconds")
    lags = [*_earlier(context, "lag_seconds"), *([] if lag is None else [float(lag)])]
    systems = [
        (
            name,
            str(one["is_current"]).lower(),
            one["position_us"] or 0,
            one["missed"] or 0,
            one["problem"],
        )
        for name, one in said.get("systems", {}).items()
    ]
    yield dg.MaterializeResult(
        metadata={
            **{name: value for name, value in figures.items() if value is not None},
            **_known(said, ("lag_p50_seconds", "lag_p95_seconds", "doing", "problem", "since")),
            **{f"applied_{name}": count for name, count in said.get("applied", {}).items()},
            "systems": rows_table(
                ("system", "is_current", "position_us", "missed", "problem"), systems
            ),
            "lag_over_time": line_plot("seconds behind", lags[-_SAMPLES:]),
        },
        check_results=[
            runs_check(layout),
            gate_check(figures),
            asked(IN_STEP, SYNC, (LAG,), figures),
        ],
    )


def _known(said: Mapping[str, Any], names: Iterable[str]) -> RawMetadata:
    return {name: said[name] for name in names if said.get(name) not in (None, "")}


def _earlier(context: dg.AssetExecutionContext, name: str) -> list[float]:
    """A figure of the materializations before, the oldest first."""
    records = context.instance.fetch_materializations(context.asset_key, limit=_SAMPLES).records
    held = [record.asset_materialization for record in reversed(records)]
    values = [one.metadata[name].value for one in held if one is not None and name in one.metadata]
    return [float(one) for one in values if isinstance(one, int | float)]


@dg.asset(
    key=SHADOW,
    deps=[STATE],
    group_name=GROUP,
    kinds={"python"},
    description="Reads that the gateway answered from OLD, compared with what NEW would have said.",
    check_specs=[
        check_spec(NO_MISMATCH, SHADOW, "No compared read differed, after a second look.")
    ],
)
def parallel_shadow(beside: dg.ResourceParam[Settings]) -> Iterator[dg.MaterializeResult[None]]:
    """The counts of this stay in S3."""
    counts = read_shadow(beside.layout)
    said = {} if counts is None else described(counts)
    figures = shadow_evidence(beside.layout)
    endpoints = [
        (name, one.get("matched", 0), one.get("mismatched", 0), one.get("ignored", 0))
        for name, one in said.get("endpoints", {}).items()
    ]
    bars = {
        "matched": said.get("matched", 0),
        "mismatched": said.get("mismatched", 0),
        "ignored": sum(said.get("ignored", {}).values()),
    }
    yield dg.MaterializeResult(
        metadata={
            **figures,
            "endpoints": rows_table(("endpoint", "matched", "mismatched", "ignored"), endpoints),
            "counts": plot(bars),
        },
        check_results=[asked(NO_MISMATCH, SHADOW, (ALIKE,), figures)],
    )


PARALLEL_ASSETS = [parallel_state, parallel_sync, *DRIFT_ASSETS, parallel_shadow]
