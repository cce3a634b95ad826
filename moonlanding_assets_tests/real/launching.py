"""Runs that go around the command line: parts of a job by hand, again from failure.

Started as a process of its own, with MOONLANDING_DATA set; prints one JSON line a run.
"""

import json
import sys

import dagster as dg

from moonlanding_assets.definitions import DEFINITIONS
from moonlanding_assets.pipeline.instance import open_instance
from moonlanding_assets.pipeline.p3_load import DATABASE
from moonlanding_assets.pipeline.run import SILENT
from moonlanding_assets.pipeline.stops import first_failure
from moonlanding_assets.settings import read_settings

DATABASE_ALONE = dg.define_asset_job("database_alone", selection=[DATABASE])
PHASE_ALONE = dg.define_asset_job("phase_alone", selection=[dg.AssetKey(["phase", "3.5"])])
HERE = dg.Definitions(
    assets=DEFINITIONS.assets,
    resources=DEFINITIONS.resources,
    executor=dg.in_process_executor,
    jobs=[DATABASE_ALONE, PHASE_ALONE],
)


def database_alone() -> dg.JobDefinition:
    """What the UI does when a person materializes the database only."""
    return HERE.resolve_job_def("database_alone")


def phase_alone() -> dg.JobDefinition:
    """What the UI does when a person materializes the phase only."""
    return HERE.resolve_job_def("phase_alone")


def main(fraction: str) -> None:
    """Materialize the database alone, then again from failure, then the phase alone."""
    with open_instance(read_settings()) as instance:
        given = {"instance": instance, "run_config": SILENT}
        tags = {"dagster/partition": fraction}
        first = dg.execute_job(dg.reconstructable(database_alone), tags=tags, **given)
        say("by hand", first)
        if not first.success:
            again = dg.ReexecutionOptions.from_failure(first.run_id, instance)
            job = dg.reconstructable(database_alone)
            say("from failure", dg.execute_job(job, tags=tags, reexecution_options=again, **given))
        say("phase alone", dg.execute_job(dg.reconstructable(phase_alone), **given))


def say(what: str, result: dg.JobExecutionResult) -> None:
    """One line about a run."""
    failure = first_failure(result.all_events)
    kind, message = ("", "") if failure is None else (failure.kind, failure.message)
    line = {"what": what, "success": result.success, "kind": kind, "message": message}
    sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
