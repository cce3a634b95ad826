"""`moonlanding bench queries`: the database made once, asked at several sizes, printed and kept.

Holds no query. Limits are for the warm file: a plan that looks at every row is a finding at any.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from rich import box
from rich.table import Table

from moonlanding_assets.bench.catalogue import ask_stage
from moonlanding_assets.bench.machine import code_digest, describe_machine, load_average
from moonlanding_assets.bench.measured import Place
from moonlanding_assets.bench.series import Wanted, now
from moonlanding_assets.bench.table import load_said
from moonlanding_assets.bench.verb import STDOUT
from moonlanding_assets.console.leaving import leaving_soon
from moonlanding_assets.console.terminal import progress_console, wide_console
from moonlanding_assets.console.watch import Watch
from moonlanding_assets.load.files import put_in_place
from moonlanding_assets.load.space import require_space
from moonlanding_assets.settings import Settings

QUERY_MILLISECONDS, SEARCH_MILLISECONDS = 5.0, 50.0
BYTES_A_ROW = 6_000  # of the enlarged copies, rounded up
_FIGURES = ("warm_p50_ms", "warm_p95_ms", "warm_p99_ms", "cold_p95_ms")


def ask_queries(
    settings: Settings, *, documents: int, rows: Sequence[int], copy: str | None
) -> None:
    """Make the database, ask at every size, print and keep."""
    home = settings.data / "bench"
    wanted = Wanted(
        documents=documents, seed=1, rounds=1, workers=settings.workers,
        home=home / f"queries-{documents}", only=("load",),
    )  # fmt: skip
    wanted.home.mkdir(parents=True, exist_ok=True)
    require_space(home, max(rows) * BYTES_A_ROW + documents * 15_000)
    began_at, load = now(), load_average()
    with leaving_soon(), Watch(progress_console()) as watch:
        place = Place(wanted.home, wanted.workers, watch)
        place.make_exports(documents=documents, seed=wanted.seed)
        for stage in wanted.stages():
            place.run(stage)
        asked = [_asked(place, count) for count in rows]
    shutil.rmtree(wanted.home)
    content: dict[str, Any] = {
        "version": 1,
        "documents": documents,
        "code": code_digest(),
        "machine": {**describe_machine(), "load_before": load, "load_after": load_average()},
        "began_at": began_at,
        "ended_at": now(),
        "sizes": asked,
    }
    _keep(content, home, copy)
    if copy != STDOUT:
        wide_console().print(load_said(content["machine"]), highlight=False)
        for one in asked:
            _print(one)


def _asked(place: Place, rows: int) -> dict[str, Any]:
    stage = ask_stage(rows)
    run = place.run(stage)
    found = json.loads((place.home / stage.home / f"queries-{rows}.json").read_text())
    lines = [{**one, **_judged(one)} for one in found.pop("queries")]
    return {"rows": rows, "peak_bytes": run.peak_bytes, **found, "queries": lines}


def _judged(line: Mapping[str, Any]) -> dict[str, Any]:
    """The limit of a query, and whether its warm p95 keeps it."""
    is_search = str(line["query"]).startswith(("search_", "common_"))
    limit = SEARCH_MILLISECONDS if is_search else QUERY_MILLISECONDS
    return {"limit_ms": limit, "is_within": line["warm_p95_ms"] <= limit}


def _keep(content: Mapping[str, Any], home: Path, copy: str | None) -> None:
    text = f"{json.dumps(content, indent=2)}\n"
    stamp = str(content["ended_at"]).replace(":", "").replace("-", "")
    put_in_place(home / f"queries-{stamp}.json", text.encode())
    if copy == STDOUT:
        click.echo(text, nl=False)
    elif copy is not None:
        put_in_place(Path(copy).absolute(), text.encode())


def _print(one: Mapping[str, Any]) -> None:
    title = f"{one['rows_measured_at']:,} rows, {one['measured_on']}, milliseconds"
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD,
                  show_edge=False, pad_edge=False)  # fmt: skip
    table.add_column("query", no_wrap=True)
    for head in ("p50", "p95", "p99", "cold p95", "limit", ""):
        table.add_column(head, justify="right", no_wrap=True)
    for line in one["queries"]:
        figures = [f"{line[name]:,.2f}" for name in _FIGURES]
        verdict = "[green]met[/]" if line["is_within"] else "[bold red]not met[/]"
        table.add_row(line["query"], *figures, f"{line['limit_ms']:.0f}", verdict)
    console = wide_console()
    console.print(table)
    for finding in one["findings"]:
        console.print(f"finding: {finding}", style="bold red", highlight=False)
    console.print()
