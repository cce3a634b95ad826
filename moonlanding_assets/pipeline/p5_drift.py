"""Phase 3.8's drift checks as assets: of what changed, each minute, and of all, each hour.

Holds the two assets; what is compared and what counts is in parallel/drift/checking.py.
"""

from collections.abc import Iterator

import dagster as dg

from moonlanding_assets.errors import MoonlandingError
from moonlanding_assets.parallel.drift.checking import Drift
from moonlanding_assets.parallel.drift.confirm import WAIT_SECONDS
from moonlanding_assets.parallel.drift.evidence import drift_evidence
from moonlanding_assets.parallel.drift.record import (
    ALL,
    CHANGED,
    Check,
    checks,
    details,
    details_file,
)
from moonlanding_assets.parallel.service.process import running_process
from moonlanding_assets.pipeline.metadata import Cell, RawMetadata, line_plot, rows_table
from moonlanding_assets.pipeline.parallel_checks import (
    CLEAN,
    DRIFT,
    GROUP,
    NO_DRIFT,
    STATE,
    asked,
    check_spec,
)
from moonlanding_assets.pipeline.served_reports import report_link
from moonlanding_assets.settings import Layout, Settings

_SHOWN = 100


def drift_asset(kind: str) -> dg.AssetsDefinition:
    """The drift check of everything, or of what changed since the last one."""
    key = DRIFT[kind]
    what = "every document, in a new order" if kind == ALL else "what changed since the last check"

    @dg.asset(
        key=key,
        deps=[STATE],
        group_name=GROUP,
        kinds={"firestore", "sqlite"},
        description=f"Both sides compared by hash: {what}. A difference is confirmed first.",
        check_specs=[check_spec(NO_DRIFT, key, "This check confirmed no difference.")],
    )
    def drift(beside: dg.ResourceParam[Settings]) -> Iterator[dg.MaterializeResult[None]]:
        check = checked(beside, kind)
        yield dg.MaterializeResult(
            metadata=_drift_metadata(beside.layout, check),
            check_results=[asked(NO_DRIFT, key, (CLEAN,), {"drift": check.confirmed})],
        )

    return drift


def checked(settings: Settings, kind: str) -> Check:
    """One drift check; what prevents it is a clean failure of the run."""
    from moonlanding_assets.parallel.service.source_reading import live_readings  # loads Firestore

    layout = settings.layout
    limit_seconds = WAIT_SECONDS if running_process(layout) is not None else 0.0
    try:
        with live_readings(settings.live) as old:
            return Drift(layout, old, limit_seconds=limit_seconds).check(kind)
    except MoonlandingError as error:
        raise dg.Failure(str(error), allow_retries=False) from error


def _drift_metadata(layout: Layout, check: Check) -> RawMetadata:
    found = details(layout, check.number)["differences"]
    lines: list[tuple[Cell, ...]] = [
        (one["kind"], one["path"], ", ".join(one["fields"])) for one in found[:_SHOWN]
    ]
    same_kind = [one.confirmed for one in checks(layout) if one.kind == check.kind]
    return {
        "confirmed": check.confirmed,
        "compared": check.compared,
        "differing": check.differing,
        "in_flight": check.in_flight,
        "seconds": check.seconds,
        "documents_a_second": check.documents_a_second,
        "order": check.order,
        "differences": rows_table(("kind", "path", "fields"), lines),
        "drift_per_check": line_plot("confirmed", [float(one) for one in reversed(same_kind)]),
        "details": report_link(layout, details_file(layout, check.number)),
        **drift_evidence(layout),
    }


DRIFT_ASSETS = [drift_asset(CHANGED), drift_asset(ALL)]
