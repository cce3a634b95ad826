"""The report of shadow reads and of the canary, for people and as JSON. Holds no comparison."""

from collections.abc import Iterator
from typing import Any

from moonlanding_assets.parallel.gateway.canary import LEAST_SAMPLES
from moonlanding_assets.parallel.gateway.evidence import described, read_canary, read_shadow
from moonlanding_assets.parallel.gateway.shadow import REASONS
from moonlanding_assets.parallel.state.states import SHADOW_READS, SHADOW_READS_AN_ENDPOINT
from moonlanding_assets.settings import Layout


def report(layout: Layout) -> dict[str, Any]:
    """shadow and canary, each None where nothing was measured; with the figures of the evidence."""
    counts, canary = read_shadow(layout), read_canary(layout)
    shadow = None if counts is None else {**described(counts), "evidence": counts.evidence()}
    tried = None
    if canary is not None:
        tried = {
            "least_samples": LEAST_SAMPLES,
            "sides": {
                side: {
                    "reads": one.reads,
                    "errors": one.errors,
                    "p95_seconds": round(one.p95_seconds(), 6) if one.reads else None,
                }
                for side, one in canary.sides.items()
            },
            "evidence": canary.evidence(),
        }
    return {"shadow": shadow, "canary": tried}


def lines_of(found: dict[str, Any]) -> Iterator[str]:
    """The report as a person reads it."""
    yield from _shadow(found["shadow"])
    yield ""
    yield from _canary(found["canary"])


def _shadow(shadow: dict[str, Any] | None) -> Iterator[str]:
    if shadow is None:
        yield "shadow reads: none compared in this stay in S3"
        return
    yield (
        f"shadow reads: {shadow['compared']:,} compared, {shadow['mismatched']:,} mismatched "
        f"(S4 asks 0 of {SHADOW_READS:,}, {SHADOW_READS_AN_ENDPOINT} for each endpoint)"
    )
    yield f"  equal only at a second look: {shadow['confirmed_on_recheck']:,}"
    yield f"  not compared, one side changed at each look: {shadow['unsettled']:,}"
    for reason, count in shadow["ignored"].items():
        yield f"  ignored, {reason}: {count:,} ({REASONS[reason]})"
    width = max(map(len, shadow["endpoints"]), default=0)
    for endpoint, results in shadow["endpoints"].items():
        shown = ", ".join(f"{count:,} {result}" for result, count in sorted(results.items()))
        yield f"  {endpoint:{width}}  {shown}"
    for path, fields in shadow["mismatches"]:
        yield f"  MISMATCH {path}: {', '.join(fields) or 'on one side only'}"


def _canary(canary: dict[str, Any] | None) -> Iterator[str]:
    if canary is None:
        yield "canary: no reads in S4 or S5"
        return
    for side, one in canary["sides"].items():
        p95 = one["p95_seconds"]
        took = "" if p95 is None else f", p95 {p95 * 1000:.1f} ms"
        yield f"canary, {side}: {one['reads']:,} reads, {one['errors']:,} errors{took}"
    if not canary["evidence"]:
        yield f"  no evidence before each side has {canary['least_samples']} reads"
    for key, value in canary["evidence"].items():
        yield f"  {key} {value:.3f}"
