"""The benchmark from the command to its JSON, at a tiny scale: real processes, no figure judged."""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from moonlanding_assets.bench.floors import insert_arrow, insert_inside, insert_prepared
from moonlanding_assets.bench.job import Job
from moonlanding_assets.pipeline.p3_plan import stage_files
from moonlanding_assets.schema.catalogue import TABLE, quoted
from moonlanding_assets.settings import read_settings
from moonlanding_assets_tests.real.command import moonlanding

PAGE = Path(__file__).parents[2] / "docs" / "benchmark.md"
ONLY = "read_friday_1,snapshot,load,validate,insert_prepared,whole"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory in which a benchmark ran; what it measured is kept."""
    data = tmp_path_factory.mktemp("bench") / "data"
    ran = moonlanding(
        data, "--quiet", "bench", "--docs", "400", "--repeat", "1", "--only", ONLY, "--keep",
        "--json", str(data.parent / "found.json"),
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "Targets" in ran.stdout
    return data


@pytest.fixture(scope="module")
def found(data: Path) -> dict[str, Any]:
    """What it wrote."""
    (result,) = json.loads((data.parent / "found.json").read_text())
    return dict(result)


def test_everything_that_was_asked_for_is_measured(found: dict[str, Any]) -> None:
    runs = {line["name"]: line["runs"] for line in found["stages"]}
    assert sorted(runs) == sorted(ONLY.split(","))
    for (run,) in runs.values():
        assert run["seconds"] > 0
        assert run["cpu_seconds"] > 0
        assert run["peak_bytes"] > 20 * 2**20
        assert run["documents"] > 0
    assert runs["load"][0]["rows"] == runs["insert_prepared"][0]["rows"] > 400
    assert {"rows", "indexes", "search"} <= runs["load"][0]["parts"].keys()
    parts = runs["whole"][0]["parts"]
    assert {"normalize", "load", "prove", "Dagster itself", "all runs"} <= parts.keys()
    assert parts["all runs"] < runs["whole"][0]["seconds"]


def test_the_json_has_what_the_page_says(found: dict[str, Any]) -> None:
    page = PAGE.read_text().partition("## The JSON")[2].partition("\n## ")[0]
    named = re.findall(r"^\| `([a-z_.]+)` \|", page, flags=re.MULTILINE)
    assert len(named) > 10
    for name in named:
        held: Any = found
        for part in name.split("."):
            held = held[0] if isinstance(held, list) else held
            assert part in held, name
            held = held[part]


def test_a_small_run_gives_figures_and_no_verdict(found: dict[str, Any]) -> None:
    verdicts = {one["name"]: (one["figure"], one["verdict"]) for one in found["targets"]}
    assert verdicts["whole"][1] == "too small to say"
    assert verdicts["whole"][0] > 0
    assert verdicts["rows_dlt"] == (None, "not measured")
    assert verdicts["one_percent"] == (None, "not measured")


def rows_of(database: Path, table: str) -> Iterator[tuple[object, ...]]:
    with closing(sqlite3.connect(database)) as connection:
        kinds = ", ".join(f"typeof({quoted(one.name)})" for one in TABLE[table].columns)
        names = ", ".join(quoted(one.name) for one in TABLE[table].columns)
        yield from sorted(
            connection.execute(f"SELECT {names}, {kinds} FROM {quoted(table)}"), key=repr
        )


@pytest.mark.parametrize("floor", [insert_prepared, insert_inside, insert_arrow])
def test_a_floor_inserts_the_very_rows_of_the_load(data: Path, tmp_path: Path, floor: Any) -> None:
    home = data / "bench" / "400-1" / "stages"
    settings = replace(read_settings({}), data=home)
    done = floor(Job(settings=settings, scratch=tmp_path))
    inserted = 0
    for name in stage_files(settings.layout, "100%"):
        has_any = any(one.type == "ANY" for one in TABLE[name].columns)
        if name == "migration_run" or (has_any and floor is insert_arrow):
            continue  # the load notes itself there; ADBC gives a column one type
        rows = list(rows_of(tmp_path / "floor.db", name))
        assert rows == list(rows_of(home / "app.db", name)), name
        inserted += len(rows)
    assert done.seconds is not None
    assert inserted > 400
    with closing(sqlite3.connect(tmp_path / "floor.db")) as connection:
        indexes = "SELECT count(*) FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        assert connection.execute(indexes).fetchone() == (0,)


def test_the_next_run_is_compared_with_it(data: Path, found: dict[str, Any]) -> None:
    again = moonlanding(
        data, "--quiet", "bench", "--docs", "400", "--repeat", "1", "--only", "read_friday_1",
        "--keep", "--json",
    )  # fmt: skip
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)[0]["stages"][0]["name"] == "read_friday_1"
    kept = sorted((data / "bench").glob("bench-*.json"))
    assert len(kept) == 2
    newest = json.loads(kept[-1].read_text())
    assert newest["before"] == found["ended_at"]
    assert [one["name"] for one in newest["changes"]] == ["read_friday_1"]
    before = next(one for one in found["stages"] if one["name"] == "read_friday_1")
    assert newest["changes"][0]["before_seconds"] == before["runs"][0]["seconds"]
