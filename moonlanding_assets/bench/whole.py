"""The whole job as a command runs it, through Dagster, and what has to be there before.

The same calls as `moonlanding demo-data`, `snapshot` and `run`. They are timed from the start of
the process to its end, summary included. Holds no clock.
"""

from collections.abc import Sequence

from moonlanding_assets.bench.catalogue import DAGSTER, RUNS, STAGING
from moonlanding_assets.bench.job import Done, Job
from moonlanding_assets.console.conclusion import conclude
from moonlanding_assets.console.running import fraction_results, run_phases
from moonlanding_assets.console.summary import TimedRun
from moonlanding_assets.console.work import Session, make_demo_data, session, take_snapshot
from moonlanding_assets.cutover.phases import BY_NUMBER
from moonlanding_assets.errors import BenchFailed
from moonlanding_assets.load.files import discard

SMALL, PILOT, FULL = "3.4", "3.5", "3.6"


def prepare_staging(job: Job) -> Done:
    """Exports of staging's size, and their snapshots."""
    with session(job.settings) as work:
        out = job.settings.data / "demo"
        made = make_demo_data(work, scale=STAGING, seed=1, out=out)
        take_snapshot(work)
    return Done(documents=sum(made.values()))


def prepare_whole(job: Job) -> Done:
    """The phases before the last one, passed and signed, so that its gate is open."""
    with session(job.settings) as work:
        take_snapshot(work)
        _run(work, SMALL, PILOT)
    return Done(documents=0)


def whole_job(job: Job) -> Done:
    """Snapshots of both exports, then phase 3.6: from exports to the published, proved database.

    The database of the run before is deleted first: each run finds what the first one found.
    """
    discard(job.layout.database(BY_NUMBER[FULL].fraction))
    with session(job.settings) as work:
        take_snapshot(work)
        return _run(work, FULL)


def one_percent(job: Job) -> Done:
    """Phase 3.4 on the snapshots that are there."""
    with session(job.settings) as work:
        return _run(work, SMALL)


def _run(work: Session, *numbers: str) -> Done:
    """Run the phases, print their summary, and say how long what took."""
    phases = [BY_NUMBER[number] for number in numbers]
    done = run_phases(work, phases, is_demo=True)
    failed = [one.phase for one in done if not one.is_pass]
    if failed or len(done) != len(phases):
        raise BenchFailed(f"phase {', '.join(failed)} did not pass: there is nothing to measure")
    results = fraction_results(work.settings.layout, numbers)
    conclude(work.settings, results, runs=work.runs, as_json=False)
    return Done(
        documents=sum(results[-1].documents.values()),
        rows=sum(results[-1].rows.values()),
        parts=times_of(work.runs),
    )


def times_of(runs: Sequence[TimedRun]) -> dict[str, float]:
    """Seconds by stage over all runs, what no stage accounts for, and the runs themselves."""
    times: dict[str, float] = {}
    for run in runs:
        for name, stage in run.stages.items():
            times[name] = times.get(name, 0.0) + stage.seconds
    times[DAGSTER] = sum(run.rest_seconds for run in runs)
    times[RUNS] = sum(run.seconds for run in runs)
    return times
