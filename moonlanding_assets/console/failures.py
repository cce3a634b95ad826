"""How a command ends when it does not end well: one clear message, and an exit code.

Holds the only mapping from exceptions to exit codes (the list is in the help of cli.py).
"""

import traceback

from moonlanding_assets import errors
from moonlanding_assets.pipeline.run import Failure

REFUSED = 3
FAULT = 4
INTERRUPTED = 130
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
        said = "interrupted; what was published before is untouched. To go on, type it again"
        return f"{trace}{said}", code
    if code == FAULT:
        place = f" in {failure.step}" if failure.step else ""
        hint = "" if is_debug else "\nRun again with `moonlanding --debug ...` to see where."
        return f"{trace}unexpected {failure.kind}{place}: {failure.message}{hint}", code
    return f"{trace}{failure.message}", code


def exit_code(kind: str) -> int:
    """The exit code for an exception class of this name."""
    if kind in _INTERRUPTS:
        return INTERRUPTED
    known = getattr(errors, kind, None)
    is_ours = isinstance(known, type) and issubclass(known, errors.MoonlandingError)
    return REFUSED if is_ours or kind in _OS_ERRORS else FAULT


def _failure(error: Exception) -> Failure:
    trace = "".join(traceback.format_exception(error))
    return Failure(kind=type(error).__name__, message=str(error), step="", trace=trace)
