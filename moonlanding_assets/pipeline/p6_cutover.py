"""Phase 3.9 as Dagster shows it: what the switch still lacks, its sign-off, the switch, its report.

Holds assets only; gates, steps and records are cutover/switch/'s, the same as for the command. The
job of the phase makes the switch when it is launched, with a name in its config, and never else.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

import dagster as dg

from moonlanding_assets.cutover.live_phases import SWITCH
from moonlanding_assets.cutover.soak.scrape import GATEWAY
from moonlanding_assets.cutover.switch.direct_fence import proved_now
from moonlanding_assets.cutover.switch.opening import opened_parts
from moonlanding_assets.cutover.switch.page import HTML_FILE
from moonlanding_assets.cutover.switch.prechecks import Prechecks, look
from moonlanding_assets.cutover.switch.record import PASSED, SwitchRecord
from moonlanding_assets.cutover.switch.running import Asked, go
from moonlanding_assets.cutover.switch.signing import sign_switch
from moonlanding_assets.errors import MoonlandingError
from moonlanding_assets.parallel.state.states import FREEZING_STEPS
from moonlanding_assets.pipeline.metadata import RawMetadata, rows_table
from moonlanding_assets.pipeline.p5_phases import SignOff, signature_metadata
from moonlanding_assets.pipeline.parallel_checks import STATE
from moonlanding_assets.settings import Settings

GROUP = "6_switch"
READINESS = dg.AssetKey(["cutover", "readiness"])
PHASE = dg.AssetKey(["phase", SWITCH.number])
SIGNED = dg.AssetKey(["signoff", SWITCH.number])
IS_OPEN, PASSES = "is_open", "passed"


class Switching(dg.Config):
    """Who switches, and by which gateway, on this machine."""

    by: str
    gateway: str = GATEWAY


class Looking(dg.Config):
    """The gateway, on this machine."""

    gateway: str = GATEWAY


@dg.asset(
    key=READINESS,
    deps=[STATE],
    group_name=GROUP,
    kinds={"python"},
    description="What a switch asks, what was found, and the command that gets what is missing.",
    check_specs=[
        dg.AssetCheckSpec(IS_OPEN, asset=READINESS, description="Nothing that S6 asks is missing.")
    ],
)
def cutover_readiness(
    context: dg.AssetExecutionContext, config: Looking, beside: dg.ResourceParam[Settings]
) -> Iterator[dg.MaterializeResult[None]]:
    """Looked at now; nothing moves, and no write is held."""
    try:
        with opened_parts(beside, gateway=config.gateway) as parts:
            direct, tell = partial(proved_now, beside), context.log.info
            found = look(beside.layout, parts, way="go", direct=direct, tell=tell)
    except MoonlandingError as error:
        raise dg.Failure(str(error), allow_retries=False) from None
    yield dg.MaterializeResult(
        metadata={"prechecks": _prechecks(found)},
        check_results=[
            dg.AssetCheckResult(
                asset_key=READINESS,
                check_name=IS_OPEN,
                passed=found.is_open,
                severity=dg.AssetCheckSeverity.WARN,
                description="; ".join(f"{one.says}: {one.found}" for one in found.missing)
                or "nothing is missing",
            )
        ],
    )


@dg.asset(
    key=SIGNED,
    deps=[READINESS],
    group_name=GROUP,
    kinds={"python"},
    description=(
        "Who approved the switch, on everything that led to S5. Materialize it with your name as "
        f"`by`, or `moonlanding approve {SWITCH.number} --by NAME`. Void once S5 is left."
    ),
)
def switch_signed(
    config: SignOff, beside: dg.ResourceParam[Settings]
) -> dg.MaterializeResult[None]:
    """A line of the log of signatures."""
    signature = sign_switch(beside.layout, by=config.by)
    return dg.MaterializeResult(metadata=signature_metadata(signature))


@dg.asset(
    key=PHASE,
    deps=[SIGNED],
    group_name=GROUP,
    kinds={"python"},
    description=(
        f"Phase {SWITCH.number}, {SWITCH.title}: {SWITCH.does}. Gate: {SWITCH.gate}. Undo: "
        f"{SWITCH.undo}."
    ),
    check_specs=[dg.AssetCheckSpec(PASSES, asset=PHASE, description=f"{SWITCH.criterion}.")],
)
def phase_switch(
    context: dg.AssetExecutionContext, config: Switching, beside: dg.ResourceParam[Settings]
) -> Iterator[dg.MaterializeResult[None]]:
    """`moonlanding cutover go`, in a run."""
    asked = Asked(
        by=config.by,
        tell=lambda step: context.log.info(f"done: {step}"),
        waits=context.log.info,
        direct=partial(proved_now, beside),
    )
    try:
        with opened_parts(beside, gateway=config.gateway) as parts:
            record = go(beside.layout, parts, asked)
    except MoonlandingError as error:
        raise dg.Failure(str(error), allow_retries=False) from None
    page = beside.layout.phase(SWITCH.number) / HTML_FILE
    yield dg.MaterializeResult(
        metadata={**_record(record), "page": dg.MetadataValue.path(page)},
        check_results=[
            dg.AssetCheckResult(
                asset_key=PHASE,
                check_name=PASSES,
                passed=record.verdict == PASSED,
                severity=dg.AssetCheckSeverity.ERROR,
                description=f"{record.verdict}: {record.said}",
            )
        ],
    )


def _prechecks(found: Prechecks) -> dg.MetadataValue[Any]:
    rows = [
        ("yes" if one.is_met else "NO", one.says, one.found, one.command) for one in found.listed
    ]
    return rows_table(("met", "what", "found", "command"), rows)


def _record(record: SwitchRecord) -> RawMetadata:
    steps = [
        (
            one.number,
            one.name,
            f"{record.seconds[one.name]:.3f}" if one.name in record.seconds else "",
        )
        for one in FREEZING_STEPS
    ]
    return {
        "verdict": record.verdict,
        "state": f"{record.from_state} -> {record.to_state}",
        "epoch": record.epoch,
        "hold_seconds": record.hold_seconds or 0.0,
        "steps": rows_table(("step", "name", "seconds"), steps),
        **{name: figure for name, figure in record.figures.items() if figure is not None},
    }


SWITCH_JOB = dg.define_asset_job(
    SWITCH.job,
    selection=dg.AssetSelection.assets(PHASE),
    description=f"Phase {SWITCH.number}, {SWITCH.title}: {SWITCH.does}. Undo: {SWITCH.undo}.",
)
READINESS_JOB = dg.define_asset_job(
    "look_at_switch",
    selection=dg.AssetSelection.assets(READINESS),
    description="What the switch still lacks; moves nothing.",
)
SWITCH_ASSETS = [cutover_readiness, switch_signed, phase_switch]
SWITCH_JOBS = [READINESS_JOB, SWITCH_JOB]
