"""kill -9 while the state row changes: it is the row of before or the row of after."""

import random
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets_tests.evidence_of_change import good

KILLS = 25
LONGEST_SECONDS = 0.02

CHANGES_FOR_EVER = """
import sys
from pathlib import Path
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets_tests.evidence_of_change import good
control = Control(Path(sys.argv[1]))
row = control.row()
while True:
    target = {"S1": "S2", "S2": "S1"}[row.state]
    print("to", target, flush=True)
    row = control.change(row, target, evidence=good(row.state, target), by="x", reason="x")
    print("at", row.state, row.evidence_digest, flush=True)
"""


def test_killed_at_any_moment_the_row_is_old_or_new(tmp_path: Path) -> None:
    control = Control(tmp_path / "control.db")
    row = control.begin(evidence=good("", "S0"), by="x")
    control.change(row, "S1", evidence=good("S0", "S1"), by="x")
    chance = random.Random(20260205)
    in_the_middle = 0
    for _ in range(KILLS):
        said = killed_while_changing(control.file, after=chance.uniform(0, LONGEST_SECONDS))
        row = control.row()
        assert row is not None
        last = control.history()[-1]
        assert (last.state, last.epoch, last.evidence_digest) == (
            row.state, row.epoch, row.evidence_digest,
        )  # fmt: skip
        at = [one.split()[1] for one in said if one.startswith("at ")]
        under_way = said[-1].startswith("to ")
        assert row.state == at[-1] or (under_way and row.state == said[-1].split()[1])
        in_the_middle += under_way
    assert in_the_middle > KILLS / 4, "too few kills hit a change to prove anything"
    lines = control.history()
    assert all(one.from_state == before.state for before, one in pairwise(lines))


def killed_while_changing(file: Path, *, after: float) -> list[str]:
    """What a process said that changed the row for ever, and was killed some seconds in."""
    command = [sys.executable, "-c", CHANGES_FOR_EVER, str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = [process.stdout.readline().strip() for _ in range(2)]
        try:
            process.wait(after)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        rest = process.stdout.read().splitlines()
        assert process.wait() == -signal.SIGKILL
    return first + [one for one in rest if one.count(" ") and one.strip()]
