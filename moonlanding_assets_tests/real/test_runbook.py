"""The runbook and the guide for support, command by command, in their order, on a finished demo."""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from moonlanding_assets import cli
from moonlanding_assets.settings import Layout

DOCS = Path(__file__).parents[2] / "docs"
RUNBOOK, SUPPORT = DOCS / "runbook.md", DOCS / "support.md"
BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
pytestmark = pytest.mark.timeout(900)


def commands(page: Path) -> list[str]:
    """Every line after a prompt."""
    lines = [line for block in BLOCK.findall(page.read_text()) for line in block.splitlines()]
    assert all(line.startswith("$ ") for line in lines)
    return [line.removeprefix("$ ") for line in lines]


def test_every_command_of_the_runbook_does_what_it_says(
    demo: tuple[Layout, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOONLANDING_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    shutil.copytree(demo[0].data, tmp_path / "data")
    umask = os.umask(0o077)
    try:
        for command in (*commands(RUNBOOK), *commands(SUPPORT)):
            done(command)
    finally:
        os.umask(umask)
    assert len(commands(RUNBOOK)) > 15
    assert len(commands(SUPPORT)) == 4


def done(command: str) -> None:
    """Run it: our own in this process, others in a shell; it must end with 0."""
    words = shlex.split(command)
    if words[0] == "moonlanding":
        assert called(words[1:]) == 0, command
    elif shutil.which(words[0]):
        subprocess.run(words, check=True, capture_output=True)


def called(arguments: list[str]) -> int:
    """The exit code."""
    try:
        cli.main(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def test_every_verb_that_the_runbook_names_exists() -> None:
    texts = RUNBOOK.read_text() + SUPPORT.read_text()
    named = set(re.findall(r"\bmoonlanding ([a-z]+)", texts))
    assert {"status", "watch", "run", "approve", "restore", "backup", "backups"} <= named
    assert named <= set(cli.cli.commands)
