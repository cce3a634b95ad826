"""The report of a phase that was not closed: what is known without a verdict of this run.

Holds no cause and no way out (failing.py has them). Every figure that a database would give is 0.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import orjson

from moonlanding_assets.cutover.page import keep_page
from moonlanding_assets.cutover.phase_log import read_times
from moonlanding_assets.cutover.phases import Phase
from moonlanding_assets.cutover.receipt import FAILED
from moonlanding_assets.cutover.report import (
    EXPECTED_DEDUP,
    JSON_FILE,
    PhaseReport,
    declared,
    now,
    throughput_of,
    times_of,
)
from moonlanding_assets.load.files import put_in_place
from moonlanding_assets.settings import Layout

_NOTHING_READ = {
    "user_documents": 0,
    "people": 0,
    "in_both_systems": 0,
    "share": 0.0,
    "expected_from": EXPECTED_DEDUP[0],
    "expected_to": EXPECTED_DEDUP[1],
    "for_review": 0,
}


def bare_report(layout: Layout, phase: Phase, run_id: str) -> dict[str, Any]:
    """A report that says FAIL, with the times of the run and every step open."""
    times = read_times(layout.phase(phase.number))
    steps = [{"number": one.number, "title": one.title, "state": "open", "said": ""}
             for one in phase.steps]  # fmt: skip
    file = layout.database(phase.fraction)
    return asdict(
        PhaseReport(
            **declared(phase),
            verdict=FAILED,
            made_at=now(),
            run_id=run_id,
            gate={},
            steps=steps,
            source={},
            outcomes={},
            rows={},
            checks=[],
            times=times_of(times),
            throughput=throughput_of(times, 0),
            dedup=dict(_NOTHING_READ),
            quarantine={},
            rollback=None,
            backups=[],
            database={
                "path": str(file.relative_to(layout.data)),
                "bytes": file.stat().st_size if file.is_file() else 0,
                "sha256": "",
                "logical_digest": "",
            },
            drawings=[],
            evidence="",
        )
    )


def write_failure(layout: Layout, report: Mapping[str, Any], failure: Mapping[str, Any]) -> None:
    """Write the report with its part `failure`, and the page."""
    content = {**report, "failure": failure}
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    put_in_place(layout.phase(report["phase"]) / JSON_FILE, orjson.dumps(content, option=options))
    keep_page(layout, report["phase"])
