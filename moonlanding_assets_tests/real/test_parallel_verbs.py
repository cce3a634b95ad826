"""Parallel operation begins on the evidence of phase 3.7, and on no other."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from moonlanding_assets.settings import Layout
from moonlanding_assets_tests.real.command import moonlanding

pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def data(demo: tuple[Layout, str], tmp_path: Path) -> Path:
    shutil.copytree(demo[0].data, tmp_path / "data")
    return tmp_path / "data"


def state(data: Path) -> dict[str, object] | None:
    found: dict[str, object] | None = json.loads(
        moonlanding(data, "parallel", "status", "--json").stdout
    )
    return found


def test_it_begins_once_and_says_what_the_next_state_asks(data: Path) -> None:
    assert state(data) is None
    begun = moonlanding(data, "parallel", "begin", "--by", "Tester", "--json")
    assert begun.returncode == 0, begun.stderr
    found = state(data)
    assert found is not None
    measured = {"figures": found["figures"]}  # they are measured again at each look
    assert {**json.loads(begun.stdout), **measured} == found
    said = moonlanding(data, "parallel", "status").stdout
    assert "S0 LOADED" in said
    assert "the tail starts at or before" in said
    assert (found["state"], found["reads"], found["writes"]) == ("S0 LOADED", "OLD", "OLD")
    whole = json.loads(moonlanding(data, "status", "--json").stdout)["parallel"]
    assert (whole["state"], whole["next_step"]) == ("S0 LOADED", "moonlanding parallel start")
    again = moonlanding(data, "parallel", "begin", "--by", "Tester")
    assert again.returncode == 3
    assert "begun already" in again.stderr


def test_it_does_not_begin_over_a_file_that_was_changed_since(data: Path) -> None:
    with closing(sqlite3.connect(Layout(data=data).database("100%"))) as connection, connection:
        connection.execute("DELETE FROM flag WHERE id = (SELECT min(id) FROM flag)")
    refused = moonlanding(data, "parallel", "begin", "--by", "Tester")
    assert refused.returncode == 3
    assert "is of the present data" in refused.stderr
    assert state(data) is None


@pytest.mark.parametrize("gone", ["phase/3.7/receipt.json", "signoffs.jsonl"])
def test_it_does_not_begin_without_the_receipt_or_the_signature(data: Path, gone: str) -> None:
    (data / gone).unlink()
    refused = moonlanding(data, "parallel", "begin", "--by", "Tester")
    assert refused.returncode == 3
    assert state(data) is None
