"""The named steps as the code has them, and a process that dies exactly where one begins.

Holds no assertion about what is left: that belongs to the tests.
"""

import ast
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import moonlanding_assets
from moonlanding_assets.load.passing import EVENT

PACKAGE = Path(moonlanding_assets.__file__).parent
EXERCISE = PACKAGE / "cutover" / "exercise.py"


def named_steps() -> frozenset[str]:
    """Every name that the package passes, read from its source."""
    return frozenset(name for file in PACKAGE.rglob("*.py") for name in _named_in(file))


def _named_in(file: Path) -> Iterator[str]:
    """The literals of `passing(...)`; the exercise has one call for all its `clock.step(...)`."""
    for call in ast.walk(ast.parse(file.read_text())):
        if not isinstance(call, ast.Call):
            continue
        called, given = ast.unparse(call.func), call.args[0] if call.args else None
        if called == "passing" and isinstance(given, ast.Constant):
            yield str(given.value)
        elif called == "passing" and file != EXERCISE:
            raise LookupError(f"{file}:{call.lineno}: the name of a step is a literal")
        elif called == "clock.step" and file == EXERCISE and isinstance(given, ast.Constant):
            yield f"exercise: {given.value}"


def killed_at(step: str, work: Callable[[], object]) -> None:
    """Do the work in a child that dies by SIGKILL when the step begins; it must get there."""

    def hear(name: str) -> None:
        if name == step:
            os.kill(os.getpid(), signal.SIGKILL)

    child = _forked(work, hear)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL, step


def passed_by(work: Callable[[], object]) -> list[str]:
    """The steps that the work passes, in order, when nothing stops it; it is done in a child."""
    reading, writing = os.pipe()

    def hear(name: str) -> None:
        os.write(writing, f"{json.dumps(name)}\n".encode())

    child = _forked(work, hear)
    os.close(writing)
    with open(reading) as lines:
        names = [str(json.loads(line)) for line in lines]
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    return names


def _forked(work: Callable[[], object], hear: Callable[[str], None]) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        sys.addaudithook(_hook(hear))
        work()
        code = 0
    finally:
        os._exit(code)


def _hook(hear: Callable[[str], None]) -> Callable[[str, tuple[object, ...]], None]:
    def hook(event: str, given: tuple[object, ...]) -> None:
        if event == EVENT:
            hear(str(given[0]))

    return hook
