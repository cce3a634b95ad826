"""What stopped a run, read from Dagster's events. Holds no decision about a phase.

The same for every way to start one: the command line, `dagster job execute`, the UI.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import dagster as dg
from dagster._core.events import DagsterEvent
from dagster_shared.error import SerializableErrorInfo

from moonlanding_assets import errors
from moonlanding_assets.cutover.failing import Stop

CHECK_FAILED = "DagsterAssetCheckFailedError"
INTERRUPTS = frozenset(("KeyboardInterrupt", "DagsterExecutionInterruptedError"))
_REFUSED = dg.DagsterEventType.RESOURCE_INIT_FAILURE  # of a step in a worker: it did not begin
_FAILURES = frozenset((dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.RUN_FAILURE, _REFUSED))


@dataclass(frozen=True, kw_only=True)
class Failure:
    """The first thing that went wrong: the class of the exception, its message, where."""

    kind: str
    message: str
    step: str
    trace: str


def first_failure(events: Sequence[DagsterEvent]) -> Failure | None:
    """The first thing that failed in a run and is not a check; None when nothing did."""
    found = (one for one in _failures(events) if one.kind != CHECK_FAILED)
    return next(found, None)


def stop_of(instance: dg.DagsterInstance, run_id: str, *, stage: str) -> Stop | None:
    """What stopped the run, as its stored events have it; None when nothing failed in it.

    stage: of the phase's log, "" when none of them failed. The message of an exception that is
    not ours stays behind: it may hold a value of a document.
    """
    records = instance.all_logs(run_id, of_type=set(_FAILURES))
    failures = _failures([one.dagster_event for one in records if one.dagster_event is not None])
    if not failures:
        return None
    interrupts = (one for one in failures if one.kind in INTERRUPTS)
    others = (one for one in failures if one.kind != CHECK_FAILED)
    first = next(interrupts, None) or next(others, None) or failures[0]
    return Stop(
        asset=_asset(first.step),
        kind="" if first.kind == CHECK_FAILED else first.kind,
        said=first.message if _is_ours(first.kind) else "",
        stage="" if first.kind == CHECK_FAILED else stage,
        is_interrupt=first.kind in INTERRUPTS,
    )


def _failures(events: Sequence[DagsterEvent]) -> list[Failure]:
    found = []
    for event in events:
        error = _error_of(event)
        if error is not None:
            failure = Failure(
                kind=error.cls_name or "Exception",
                message=error.message.partition(": ")[2].strip() or error.message.strip(),
                step=event.step_key or event.job_name,
                trace=error.to_string(),
            )
            found.append(failure)
    return found


def _error_of(event: DagsterEvent) -> SerializableErrorInfo | None:
    """What the code raised, without the exceptions that Dagster wraps around it."""
    if event.is_step_failure:
        error = event.step_failure_data.error
    elif event.is_failure:
        error = event.job_failure_data.error
    elif event.event_type is _REFUSED:
        error = event.engine_event_data.error
    else:
        return None
    while error is not None and error.cause is not None:
        error = error.cause
    return error


def _asset(step: str) -> str:
    """The asset of a step, whose name can hold neither a slash nor a point."""
    asset = step.replace("__", "/")
    return asset.replace("_", ".") if asset.startswith(("phase/", "signoff/")) else asset


def _is_ours(kind: str) -> bool:
    known = getattr(errors, kind, None)
    return isinstance(known, type) and issubclass(known, errors.MoonlandingError)
