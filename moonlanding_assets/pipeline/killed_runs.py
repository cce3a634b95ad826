"""Runs whose process was killed: ended in Dagster's books, so that they block nobody.

A killed process cannot say goodbye: its run stays "started" for ever, fills the run queue of the
UI and keeps its place in a pool. Holds no process handling: who calls this holds the lease, so no
run of the command line is alive but his own.
"""

import dagster as dg

ALIVE = [
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
COMMAND_LINE_TAG = "moonlanding/started_by"
COMMAND_LINE = "command line"


def end_killed_runs(
    instance: dg.DagsterInstance, own_run_id: str, *, earlier: str | None = None
) -> tuple[str, ...]:
    """Report every other run of the command line as failed; returns their ids.

    earlier: the run that called steps to workers before, which held the lease that is ours now.
    Other runs that the UI launched are left to Dagster's own daemon.
    """
    wanted = dg.RunsFilter(statuses=ALIVE, tags={COMMAND_LINE_TAG: COMMAND_LINE})
    found = list(instance.get_runs(wanted))
    if earlier is not None:
        found += instance.get_runs(dg.RunsFilter(statuses=ALIVE, run_ids=[earlier]))
    killed = list({run.run_id: run for run in found if run.run_id != own_run_id}.values())
    for run in killed:
        instance.report_run_failed(run, "Its process was killed; a later run found it gone.")
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
    return tuple(run.run_id for run in killed)
