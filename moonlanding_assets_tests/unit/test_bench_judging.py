"""What a benchmark says about its figures: changes, targets, growth, and what others lose."""

import json
import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from moonlanding_assets.bench.compare import changes, previous_of
from moonlanding_assets.bench.job import Kind
from moonlanding_assets.bench.losses import INSIDE, UNTIED, of_duckdb, of_sqlite
from moonlanding_assets.bench.page import page
from moonlanding_assets.bench.peer_input import Census, plain, typed
from moonlanding_assets.bench.result import Line, Result, Run
from moonlanding_assets.bench.scale import curve
from moonlanding_assets.bench.targets import judged

DOCUMENTS = 250_000
MACHINE = {"processor": "a", "cores": 2, "memory_mib": 100}


def line(name: str, *seconds: float, kind: Kind = "step", **given: Any) -> Line:
    held = {
        "cpu_seconds": 1.0,
        "peak_bytes": 2**20,
        "processes": 1,
        "documents": DOCUMENTS,
        **given,
    }
    return Line(
        name=name, title=name, kind=kind, runs=tuple(Run(seconds=s, **held) for s in seconds)
    )


def result(*lines: Line, ended_at: str = "2026-02-05T12:00:00Z", **recipe: Any) -> Result:
    return Result(
        recipe={"documents": DOCUMENTS, "seed": 1, "workers": 2, "code": "x", **recipe},
        machine=MACHINE,
        began_at="2026-02-05T11:00:00Z",
        ended_at=ended_at,
        lines={one.name: one for one in lines},
    )


def test_only_the_same_machine_size_seed_and_workers_are_compared() -> None:
    now = result(line("load", 1.0), ended_at="2026-02-06T12:00:00Z")
    old = result(line("load", 2.0), ended_at="2026-02-04T12:00:00Z")
    newer = replace(old, ended_at="2026-02-05T12:00:00Z")
    others = [
        result(documents=400), result(workers=1), result(seed=2),
        replace(newer, machine={**MACHINE, "cores": 4}),
        replace(now, ended_at="2026-02-07T12:00:00Z"),
    ]  # fmt: skip
    assert previous_of(now, others) is None
    assert previous_of(now, [newer, *others, old]) is newer


def test_a_change_counts_when_no_runs_overlap() -> None:
    before = result(line("load", 2.0, 2.2, 2.4), line("prove", 1.0, 3.0), line("gone", 1.0))
    now = result(line("load", 1.0, 1.1, 1.9), line("prove", 2.0, 2.9), line("new", 1.0))
    load, prove = changes(now, before)
    assert (load.name, load.before_seconds, load.seconds, load.ratio) == ("load", 2.2, 1.1, 0.5)
    assert load.is_beyond_spread
    assert not prove.is_beyond_spread


def verdict_of(name: str, *lines: Line, **recipe: Any) -> tuple[float | None, str]:
    one = next(one for one in judged(result(*lines, **recipe)) if one.name == name)
    return one.figure, one.verdict


def test_targets_are_judged_by_what_was_measured() -> None:
    rows = {"documents": DOCUMENTS, "rows": 700}
    load = line("load", 20.0, parts={"rows": 10.0, "stage": 1.0, "tables": 1.0}, **rows)
    floor = line("insert_prepared", 7.0, kind="floor", **rows)
    assert verdict_of("rows_floor", load, floor) == (pytest.approx(0.7), "met")
    assert verdict_of("load_floor", load, floor) == (pytest.approx(0.35), "not met")
    assert verdict_of("rows_floor", load) == (None, "not measured")
    normalize = line("normalize", 88.0)
    slow = line("peer_dlt", 601.0, kind="peer")
    assert verdict_of("rows_dlt", load, normalize, slow)[1] == "met"
    assert verdict_of("rows_dlt", load, normalize, line("peer_dlt", 599.0))[1] == "not met"
    job = line("whole", 50.0, kind="job", parts={"Dagster itself": 10.0, "all runs": 40.0})
    assert verdict_of("dagster", job) == (0.25, "not met")
    assert verdict_of("whole", job) == (50.0, "met")
    assert verdict_of("whole", job, documents=1_000) == (50.0, "too small to say")


def test_two_processes_count_only_when_two_worked() -> None:
    one = [line(f"read_{system}_1", 10.0) for system in ("friday", "mwr")]
    alone = [line(f"read_{system}_2", 5.0) for system in ("friday", "mwr")]
    both = [line(f"read_{system}_2", 5.0, processes=2) for system in ("friday", "mwr")]
    assert verdict_of("reading", *one) == (25_000, "not met")
    assert verdict_of("reading_two", *one, *alone) == (None, "not measured")
    assert verdict_of("reading_two", *one, *both) == (2.0, "met")


def test_floors_and_others_do_not_count_as_our_memory() -> None:
    ours = line("load", 1.0, peak_bytes=1024 * 2**20)
    theirs = line("peer_dlt", 1.0, kind="peer", peak_bytes=4096 * 2**20)
    assert verdict_of("memory", ours, theirs) == (1024, "met")
    assert verdict_of("memory", replace(theirs, kind="alone"))[1] == "not met"


def test_growth_is_that_of_a_document() -> None:
    small = result(line("whole", 10.0, documents=1_000, peak_bytes=100))
    large = result(line("whole", 26.0, documents=2_000, peak_bytes=110))
    first, second = curve([small, large])
    assert (first.time_growth, first.is_linear) == (0, True)
    assert second.time_growth == pytest.approx(0.3)
    assert second.memory_growth == pytest.approx(0.1)
    assert not second.is_linear
    shown = page([small, large])
    assert "<svg" in shown
    assert "http" not in shown.replace("http-equiv", "")


CENSUS: Census = {
    "shop_users": {
        "email": Counter(string=3),
        "zoom": Counter(integer=2, double=1),
        "odd": Counter(not_finite=1, double=1, null=1),
        "is_in": Counter(),
        "isin": Counter(boolean=2, integer=1),
        "place placex": Counter(integer=3),
    }
}


def test_what_others_lose_is_counted_in_what_they_made(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "result.db")) as connection, connection:
        connection.execute("CREATE TABLE shop_users (email TEXT, zoom REAL, odd, isIn, place TEXT)")
        connection.executemany(
            "INSERT INTO shop_users VALUES (?, ?, ?, ?, ?)",
            [(" A@x.example", 1, None, 1, '{"x": 1}'), ("a@x.example", 2, 0.5, 0, '{"x": 2}'),
             ("b@x.example", 0.5, None, 7, '{"x": 3}')],
        )  # fmt: skip
    found = of_sqlite(tmp_path / "result.db", CENSUS)
    assert {name: count for name, count in found.items() if count} == {
        "integers that are none any more": 2,
        "NaN and infinities that are no numbers any more": 1,
        "nulls that look like missing fields": 1,
        INSIDE: 3,
        UNTIED: 1,
        "people who are there more than once": 1,
    }


def test_types_of_duckdb_are_what_is_lost(tmp_path: Path) -> None:
    lines = tmp_path / "lines.json"
    held: list[Mapping[str, Any]] = [
        {"email": "2026-02-05", "zoom": 1, "odd": 0.5, "isIn": True, "place": {"x": 1}},
        {"email": "2026-02-06", "zoom": 0.5, "odd": None, "isIn": False, "place": {"x": 2}},
    ]
    lines.write_text("\n".join(map(json.dumps, held)))
    with closing(duckdb.connect(str(tmp_path / "result.duckdb"))) as connection:
        connection.execute(f"CREATE TABLE shop_users AS SELECT * FROM read_json_auto('{lines}')")
    found = of_duckdb(tmp_path, CENSUS)
    assert found["integers that are none any more"] == 2 + 1  # zoom is DOUBLE, isIn BOOLEAN
    assert found["texts that are none any more"] == 3
    assert found[UNTIED] == 1
    assert "doubles that are none any more" not in {name for name, count in found.items() if count}


def test_plain_and_typed_lines_keep_numbers() -> None:
    value = {"mapValue": {"fields": {"a": {"integerValue": "9007199254740993"},
                                     "b": {"arrayValue": {"values": [{"doubleValue": "NaN"}]}},
                                     "c": {"timestampValue": "2026-02-05T07:00:00Z"}}}}  # fmt: skip
    found = plain(value)
    assert found["a"] == 9007199254740993
    assert found["b"][0] != found["b"][0]
    assert typed(value)["b"] == [{"__fs_type__": "double", "value": "NaN"}]
    assert typed(value)["c"] == {"__fs_type__": "timestamp", "value": "2026-02-05T07:00:00Z"}
