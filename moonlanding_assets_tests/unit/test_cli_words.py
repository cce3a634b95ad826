"""The words of the command line: examples that parse, --json everywhere, completion, colours."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from moonlanding_assets import cli
from moonlanding_assets.console import failures
from moonlanding_assets.console.examples import EXAMPLES
from moonlanding_assets.console.terminal import progress_console
from moonlanding_assets.console.watch import Watch

ROOT = Path(__file__).parents[2]


def verbs(group: click.Group, above: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Every verb that does something, with its whole name."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from verbs(command, (*above, name))
        if not isinstance(command, click.Group) or command.invoke_without_command:
            yield " ".join((*above, name)), command


def started(*words: str, **extra: str) -> subprocess.CompletedProcess[str]:
    """A call in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "moonlanding_assets.cli", *words],
        cwd=ROOT,
        env={**os.environ, **extra},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_every_verb_prints_json() -> None:
    found = dict(verbs(cli.cli))
    assert {"ui", "gateway", "parallel start", "soak arm", "archive seal"} <= set(found)
    mute = {
        name for name, verb in found.items() if not any("--json" in one.opts for one in verb.params)
    }
    assert mute == set()


def test_verbs_that_write_files_print_their_names_in_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for system in ("FRIDAY", "MWR"):
        monkeypatch.setenv(f"MOONLANDING_{system}_PROJECT", f"of-{system.lower()}")
    cli.main(["docs", "--out", str(tmp_path / "docs"), "--json"])
    pages = json.loads(capsys.readouterr().out)["pages"]
    assert {Path(one) for one in pages} == set((tmp_path / "docs").iterdir())
    cli.main(["gateway", "fence-rules", "--json"])
    rules = json.loads(capsys.readouterr().out)["files"]
    cli.main(["gateway", "fence-rules", "--out", str(tmp_path / "rules"), "--json"])
    for one in json.loads(capsys.readouterr().out)["written"]:
        assert Path(one).read_text() == rules[Path(one).name]


def test_mapping_prints_json(capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["mapping", "engagement", "--json"])
    (source,) = json.loads(capsys.readouterr().out)["sources"]
    columns = {one["column"]: one for one in source["columns"]}
    assert columns["client_id"]["from"][0] == "client_id"
    cli.main(["mapping", "friday/engagements", "--json"])
    assert "engagement" in json.loads(capsys.readouterr().out)["tables"]
    cli.main(["mapping", "--json"])
    listed = json.loads(capsys.readouterr().out)
    cli.main(["mapping"])
    said = capsys.readouterr().out
    for one in listed["tables"]:
        assert f"## {one['table']}\n" in said
    for one in listed["collections"]:
        assert f"## {one['collection']}\n" in said


@pytest.mark.parametrize("call", [call for calls in EXAMPLES.values() for call, _ in calls])
def test_every_example_is_understood(call: str) -> None:
    words = shlex.split(call)
    while words[0].startswith("--"):  # an option of the whole command, with its value
        del words[:2]
    # click keeps the first --help that it makes of a verb, so it is made as it is for people
    names = cli.cli.context_settings["help_option_names"]
    cli.cli.commands[words[0]].make_context(words[0], words[1:], help_option_names=names)


def test_every_verb_of_the_first_level_has_an_example_in_its_help(
    capsys: pytest.CaptureFixture[str],
) -> None:
    alone = {name for name, verb in cli.cli.commands.items() if not isinstance(verb, click.Group)}
    assert alone <= set(EXAMPLES) <= set(cli.cli.commands)
    for name in EXAMPLES:
        cli.main([name, "--help"])
        assert f"Examples:\n    moonlanding {EXAMPLES[name][0][0]}" in capsys.readouterr().out


def test_the_shell_completes_verbs_and_phases() -> None:
    script = started(_MOONLANDING_COMPLETE="bash_source")
    assert script.returncode == 0
    assert "complete -o nosort -F _moonlanding_completion moonlanding" in script.stdout
    for typed, expected in (("moonlanding re", "restore"), ("moonlanding run ", "3.5")):
        count = str(len(typed.split(" ")) - 1)
        asked = {"COMP_WORDS": typed, "COMP_CWORD": count, "_MOONLANDING_COMPLETE": "bash_complete"}
        assert f"plain,{expected}" in started(**asked).stdout.splitlines()


def test_exit_codes_are_listed_in_one_place() -> None:
    listed = {int(code) for code in re.findall(r"(?:: |  +)(\d+) [a-z]", cli.GUIDE)}
    assert listed == {0, 1, 2, failures.REFUSED, failures.FAULT, failures.INTERRUPTED}


def test_progress_is_silent_when_asked(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOONLANDING_DATA", str(tmp_path / "data"))
    out = str(tmp_path / "out")
    cli.main(["demo-data", "--scale", "400", "--out", out])
    assert "write exports" in capsys.readouterr().err
    cli.main(["--quiet", "demo-data", "--scale", "400", "--out", out, "--json"])
    said = capsys.readouterr()
    assert said.err == ""
    assert sum(json.loads(said.out)["documents"].values()) >= 400


def test_lines_into_a_file_hold_no_escape(capsys: pytest.CaptureFixture[str]) -> None:
    with Watch(progress_console()) as watch:
        watch.heading("heading")
        with watch.work("load", 9) as progress:
            progress.advance(9)
    assert "\x1b" not in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--no-color", "status"], ["status"]])
def test_colours_can_be_off(
    words: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MOONLANDING_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("FORCE_COLOR", "1")  # as if this were a terminal
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("NO_COLOR", "1") if words == ["status"] else None
    cli.main(words)
    shown = capsys.readouterr().out
    assert "next: " in re.sub(r"\x1b\[\d*m", "", shown)
    assert not re.search(r"\x1b\[[\d;]*3[0-7]", shown)
