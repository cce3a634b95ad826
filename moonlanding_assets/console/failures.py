"""How a command ends when it does not end well: one clear message, and an exit code.

Holds the only mapping from exceptions to exit codes (the list is in the help of cli.py).
"""

import traceback
from collections.abc import Mapping
from typing import Any

from moonlanding_assets import errors
from moonlanding_assets.console.leaving import INTERRUPTED, SAID
from moonlanding_assets.console.machine import plainly
from moonlanding_assets.pipeline.stops import Failure

REFUSED = 3
FAULT = 4
_INTERRUPTS = {"KeyboardInterrupt", "DagsterExecutionInterruptedError"}
_OS_ERRORS = {
    kind.__name__
    for kind in (OSError, FileNotFoundError, PermissionError, NotADirectoryError, IsADirectoryError)
}


class StoppedError(Exception):
    """A Dagster run that something other than a check ended."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


def explain(error: Exception, *, is_debug: bool) -> tuple[str, int]:
    """What to say, and the exit code."""
    failure = error.failure if isinstance(error, StoppedError) else _failure(error)
    code = exit_code(failure.kind)
    trace = f"{failure.trace}\n" if is_debug else ""
    if code == INTERRUPTED:
        return f"{trace}{SAID}", code
    if not is_ours(failure.kind) and (plain := plainly(failure.message)):
        return f"{trace}{plain}", REFUSED
    if code == FAULT:
        place = f" in {failure.step}" if failure.step else ""
        hint = "" if is_debug else "\nRun again with `moonlanding --debug ...` to see where."
        return f"{trace}unexpected {failure.kind}{place}: {failure.message}{hint}", code
    return f"{trace}{failure.message}", code


def ways_out(failure: Mapping[str, Any]) -> list[str]:
    """Where a phase failed, on which evidence, and what to do, a line each."""
    cause = f"{failure['kind']}: {failure['said']}" if failure["said"] else failure["kind"]
    return [
        f"  failed at:  {failure['step']} {failure['title']} ({cause})",
        *(f"  evidence:   {one['what']}: {one['where']}" for one in failure["evidence"]),
        f"  go back:    {failure['restore']}",
        f"  fix:        {failure['fix']}",
        f"  try again:  `{failure['retry']}`",
    ]


def exit_code(kind: str) -> int:
    """The exit code for an exception class of this name."""
    if kind in _INTERRUPTS:
        return INTERRUPTED
    return REFUSED if is_ours(kind) or kind in _OS_ERRORS else FAULT


def is_ours(kind: str) -> bool:
    """Whether an exception class of this name is one of errors.py."""
    known = getattr(errors, kind, None)
    return isinstance(known, type) and issubclass(known, errors.MoonlandingError)


def _failure(error: Exception) -> Failure:
    trace = "".join(traceback.format_exception(error))
    return Failure(kind=type(error).__name__, message=str(error), step="", trace=trace)
