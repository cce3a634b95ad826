"""Phase 3.10's watching as Dagster shows it: a dashboard, a check a criterion, a schedule.

Looks and shouts; goes nowhere back by itself and takes no lease but the monitor's. No evidence is
never a pass. Its schedule begins stopped, and skips while a monitor of the command line runs.
"""

import dataclasses
from collections.abc import Iterator

import dagster as dg

from moonlanding_assets.cutover.notice import Recipients
from moonlanding_assets.cutover.soak.criteria import CRITERIA
from moonlanding_assets.cutover.soak.monitor import soak_service
from moonlanding_assets.cutover.soak.report import CURVES, keep_report, series
from moonlanding_assets.cutover.soak.running import take_one_sample
from moonlanding_assets.cutover.soak.scrape import GATEWAY
from moonlanding_assets.cutover.soak.standing import Standing, read_standing
from moonlanding_assets.errors import ServiceRefused
from moonlanding_assets.pipeline.metadata import RawMetadata, line_plot, rows_table
from moonlanding_assets.pipeline.parallel_checks import STATE
from moonlanding_assets.pipeline.served_reports import report_link
from moonlanding_assets.settings import Settings
from moonlanding_assets.validate.validator import Verdict

GROUP = "7_soak"
DASHBOARD = dg.AssetKey(["soak", "dashboard"])


class Watched(dg.Config):
    """The gateway that is watched, on this machine."""

    gateway: str = GATEWAY


@dg.asset(
    key=DASHBOARD,
    deps=[STATE],
    group_name=GROUP,
    kinds={"sqlite"},
    description="The soak of 24 hours: one more sample, the verdicts, what was measured over time.",
    check_specs=[
        dg.AssetCheckSpec(one.key, asset=DASHBOARD, description=f"{one.says}: {one.bound} fails.")
        for one in CRITERIA
    ],
)
def soak_dashboard(
    context: dg.AssetExecutionContext,
    config: Watched,
    beside: dg.ResourceParam[Settings],
    soak_recipients: dg.ResourceParam[Recipients],
) -> Iterator[dg.MaterializeResult[None]]:
    """A sample, unless a monitor takes them; then everything up to now."""
    try:
        told = dataclasses.replace(
            beside, notify_url=soak_recipients.url, notify_call=soak_recipients.call
        )
        take_one_sample(told, gateway=config.gateway, say=context.log.info)
    except ServiceRefused as watching:
        context.log.info(f"{watching}: no sample of this run")
    _, page = keep_report(beside.layout)
    standing = read_standing(beside.layout)
    yield dg.MaterializeResult(
        metadata={**_metadata(standing), "page": report_link(beside.layout, page)},
        check_results=_checks(standing),
    )


def _metadata(standing: Standing) -> RawMetadata:
    said = standing.as_json()
    names = ("verdict", "soak_hours", "samples", "samples_share", "longest_gap_seconds", "is_armed")
    criteria = [
        (one["key"], one["verdict"], _text(one["now"]), _text(one["worst"]), one["too_much"],
         one["why"])
        for one in (*said["criteria"], *said["goals"])
    ]  # fmt: skip
    plots = {
        curve.title.lower().replace(" ", "_"): line_plot(
            f"{curve.title}, {curve.unit}", [value for _, value in series(curve, standing.found)]
        )
        for curve in CURVES
    }
    heads = ("criterion", "24 hours", "now", "worst", "too much", "why")
    return {
        **{name: said[name] for name in names},
        "criteria": rows_table(heads, criteria),
        **plots,
    }


def _checks(standing: Standing) -> list[dg.AssetCheckResult]:
    """What the last sample says; a monitor that is silent by now says nothing."""
    found = []
    for one in CRITERIA:
        now = standing.now(one.key) if standing.is_watching else None
        verdict = Verdict.NO_EVIDENCE if now is None else now.verdict
        figure = "" if now is None or now.figure is None else f", now {now.figure:.6g}"
        is_bad = verdict is Verdict.FAIL
        found.append(
            dg.AssetCheckResult(
                asset_key=DASHBOARD,
                check_name=one.key,
                passed=verdict is Verdict.PASS,
                severity=dg.AssetCheckSeverity.ERROR if is_bad else dg.AssetCheckSeverity.WARN,
                description=f"{verdict}: {one.says}{figure} (too much: {one.bound})",
                metadata={"verdict": str(verdict)},
            )
        )
    return found


def _text(figure: float | None) -> str:
    return "" if figure is None else f"{figure:.6g}"


SOAK_JOB = dg.define_asset_job(
    "watch_soak",
    selection=dg.AssetSelection.assets(DASHBOARD),
    description="One sample of the soak, its verdicts and its plots.",
)


@dg.schedule(
    cron_schedule="* * * * *",
    job=SOAK_JOB,
    name="soak_every_minute",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="Every minute one sample, unless `moonlanding soak start` takes them.",
)
def soak_every_minute(beside: dg.ResourceParam[Settings]) -> dg.RunRequest | dg.SkipReason:
    """A run, unless somebody watches already."""
    process = soak_service(beside.layout).process()
    if process is not None:
        return dg.SkipReason(f"the process {process} watches")
    return dg.RunRequest()


def recipients_of(settings: Settings) -> dg.ResourceDefinition:
    """Who is told. Not a configured resource: the address of a webhook is nobody's in the UI."""
    told = Recipients(url=settings.notify_url, call=settings.notify_call)
    return dg.ResourceDefinition.hardcoded_resource(told)


SOAK_ASSETS = [soak_dashboard]
SOAK_SCHEDULES = [soak_every_minute]
