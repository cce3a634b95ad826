"""A signal ends a command though one step of SQLite keeps Python from hearing it."""

import signal
import subprocess
import sys

import pytest

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
#: its own handlers do nothing, as those of Python while SQLite is busy
BUSY = f"""
import signal, sqlite3
from moonlanding_assets.console.leaving import leaving_soon
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, print)
with leaving_soon(0.1):
    print("busy", flush=True)
    sqlite3.connect(":memory:").execute("{ENDLESS}").fetchone()
"""
QUICK = """
import sys
from moonlanding_assets.console.leaving import interrupt_on_sigterm, leaving_soon
interrupt_on_sigterm()
try:
    with leaving_soon(0.1):
        print("busy", flush=True)
        sys.stdin.read()
except KeyboardInterrupt:
    print("ended by itself", flush=True)
    sys.stdin.read()
print("went on", flush=True)
"""


def started(script: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", script], text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_step_that_does_not_end_is_left_with_a_message(number: signal.Signals) -> None:
    with started(BUSY) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "busy\n"
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted; what was published before is untouched. To go on, type it again" in said


def test_a_block_that_ends_in_time_is_not_cut_off() -> None:
    with started(QUICK) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "busy\n"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.readline() == "ended by itself\n"
        said, _ = process.communicate("", timeout=60)
    assert (process.returncode, said) == (0, "went on\n")
