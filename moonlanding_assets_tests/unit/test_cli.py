"""The command line: help that teaches, one message on failure, exit codes that mean something."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from moonlanding_assets import cli, errors
from moonlanding_assets.console.failures import FAULT, INTERRUPTED, REFUSED, exit_code, explain
from moonlanding_assets.console.reference import assets_page, commands_page
from moonlanding_assets.console.summary import REST, UI_ADDRESS
from moonlanding_assets.normalize.run import TABLES
from moonlanding_assets.pipeline.p1_source import COLLECTION_KEYS
from moonlanding_assets.settings import read_settings
from moonlanding_assets.validate.catalogue import VALIDATORS

ROOT = Path(__file__).parents[2]


def called(*arguments: str) -> int:
    """The exit code of a call in this process."""
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    return int(ended.value.code or 0)


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MOONLANDING_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def test_help_names_every_command_and_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["--help"])
    shown = capsys.readouterr().out
    for name in ("demo", "demo-data", "snapshot", "run", "status", "ui", "docs"):
        assert re.search(rf"^  {name} +\S", shown, re.MULTILINE), name
    for code in (0, 1, 2, 3, 4, 130):
        assert re.search(rf"\b{code} [a-z]", shown), code


def test_help_answers_without_loading_dagster() -> None:
    code = "import sys; from moonlanding_assets import cli; sys.exit('dagster' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize(
    "arguments", [["run", "1%"], ["run"], ["fly"], ["demo", "--seed", "x"], ["--data"]]
)
def test_a_command_that_is_not_understood_is_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert called(*arguments) == 2
    assert "Error:" in capsys.readouterr().err


def test_a_refused_setting_is_one_message(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOONLANDING_WORKERS", "many")
    assert called("status") == REFUSED
    said = capsys.readouterr().err
    assert said.startswith("moonlanding: MOONLANDING_WORKERS must be a whole number")
    assert said.count("\n") == 1


def test_a_scale_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert called("demo-data", "--scale", "huge") == REFUSED
    assert "the scale is staging, full, or a whole number" in capsys.readouterr().err


def test_demo_data_spares_what_it_did_not_make(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    assert called("demo-data", "--scale", "400", "--out", str(tmp_path)) == REFUSED
    assert "thesis.txt" in capsys.readouterr().err
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_a_fraction_without_a_snapshot_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert called("run", "3.4") == REFUSED
    assert "moonlanding snapshot" in capsys.readouterr().err


def test_status_before_anything_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["status"])
    shown = capsys.readouterr().out
    assert shown.count("not run") == 4
    assert "next: moonlanding snapshot" in shown
    cli.main(["status", "--json"])
    status = json.loads(capsys.readouterr().out)
    assert (status["fractions"], status["next_step"]) == ([], "moonlanding snapshot")


def test_exit_codes_tell_refusals_from_faults() -> None:
    for name in vars(errors):
        kind = getattr(errors, name)
        if isinstance(kind, type) and issubclass(kind, errors.MoonlandingError):
            assert exit_code(name) == REFUSED
    assert exit_code("PermissionError") == REFUSED
    assert exit_code("DagsterExecutionInterruptedError") == INTERRUPTED
    for name in ("KeyError", "Path", "no such thing"):
        assert exit_code(name) == FAULT


def test_a_fault_says_how_to_learn_more() -> None:
    said, code = explain(ZeroDivisionError("by zero"), is_debug=False)
    assert (code, "--debug" in said, "Traceback" in said) == (FAULT, True, False)
    said, code = explain(ZeroDivisionError("by zero"), is_debug=True)
    assert said.startswith("ZeroDivisionError: by zero") or "by zero" in said


def test_data_option_reaches_the_settings(tmp_path: Path) -> None:
    cli.main(["--data", str(tmp_path / "elsewhere"), "status"])
    assert read_settings().data == tmp_path / "elsewhere"
    assert os.environ["MOONLANDING_DATA"] == str(tmp_path / "elsewhere")


def test_generated_pages_are_up_to_date() -> None:
    assert (ROOT / "docs" / "commands.md").read_text() == commands_page(cli.cli), "make docs"
    assert (ROOT / "docs" / "assets.md").read_text() == assets_page(), "make docs"


def test_the_readme_shows_the_summary_of_today() -> None:
    text = (ROOT / "README.md").read_text()
    shown = text.partition("<!-- summary -->")[2].partition("<!-- /summary -->")[0]
    titles = [validator.title for validator in VALIDATORS]
    for word in (*titles, *COLLECTION_KEYS, *TABLES, REST, UI_ADDRESS, "quarantined"):
        assert word in shown, word
    assert shown.count(" PASS") >= 3 * len(titles)
    assert "FAIL" not in shown


def test_commands_in_the_readme_exist() -> None:
    text = (ROOT / "README.md").read_text()
    targets = set(re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    made = set(re.findall(r"\bmake ([a-z]+)", text))
    assert made
    assert made <= targets | {"clean"}
    typed = set(re.findall(r"\bmoonlanding ([a-z][a-z-]*)", text)) - {"is", "database"}
    assert typed
    assert typed <= set(cli.cli.commands)
