"""Walking the states by the commands that a person types; hours of holding take seconds.

What the product counts itself, but nobody could wait for in a test (ten thousand compared reads),
is put where the gateway keeps it. Holds no expectation beyond exit codes.
"""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from moonlanding_assets import cli
from moonlanding_assets.parallel.gateway.evidence import stay_of
from moonlanding_assets.parallel.service.process import said_now
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.settings import Layout

ROOT = Path(__file__).parents[2]  # where the tests are a package


@dataclass
class Walk:
    """One data directory; its verbs run in this process.

    typed: every command of a page. said: what all of them printed.
    """

    layout: Layout
    capsys: pytest.CaptureFixture[str]
    words: Mapping[str, str] = field(default_factory=dict)
    typed: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def __call__(self, *words: str, code: int = 0) -> str:
        """What it printed; it must end with this code."""
        self.capsys.readouterr()
        ended = 0
        try:
            cli.main(["--data", str(self.layout.data), *words])
        except SystemExit as left:
            ended = int(left.code or 0)
        said = self.capsys.readouterr()
        self.said.append(said.out + said.err)
        assert ended == code, (words, said.out, said.err)
        return said.out + said.err

    def page(self, line: str, *more: str, code: int = 0) -> str:
        """A command as a page has it: NAME, WHY, FILE ... stand for what `words` says.

        more: what a page leaves to the defaults, and a test cannot.
        """
        first, *words = shlex.split(line)
        assert first == "moonlanding", line
        self.typed.append(line)
        return self(*(self.words.get(word, word) for word in words), *more, code=code)

    def state(self) -> str:
        row = Control(self.layout.control).row()
        return "" if row is None else row.state

    def refused(self, *words: str) -> str:
        before = self.state()
        said = self(*words, code=3)
        assert self.state() == before
        return said


def hurried(layout: Layout) -> "subprocess.Popen[bytes]":
    """The sync with a clock that runs ahead."""
    with (layout.data / "hurried.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "moonlanding_assets_tests.real.hurried_service"],
            env={**os.environ, "MOONLANDING_DATA": str(layout.data)}, stdout=log, stderr=log,
            cwd=ROOT,
        )  # fmt: skip


def put(layout: Layout, name: str, states: tuple[str, ...], content: dict[str, Any]) -> None:
    """What the gateway writes, of the present stay in these states."""
    stay = stay_of(Control(layout.control).history(), states)
    (layout.parallel / name).write_text(json.dumps({"stay": stay, **content}))


def put_shadow(layout: Layout) -> None:
    """Ten thousand reads that were compared and matched."""
    counted = {"friday/users": {"matched": 10_000}}
    shadow = {"ignored": {}, "confirmed_on_recheck": 0, "mismatches": [], "endpoints": counted}
    put(layout, "shadow.json", ("S3",), shadow)


def put_canary(layout: Layout) -> None:
    """Both sides answered as quickly."""
    side = {"reads": 500, "errors": 0, "buckets": {"7": 500}}
    put(layout, "canary.json", ("S4", "S5"), {"sides": {"OLD": side, "NEW": side}})


def held(layout: Layout, name: str) -> float:
    """For how long, as the sync says."""
    return float(said_now(layout).get(name) or 0.0)
