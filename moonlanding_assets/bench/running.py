"""A call of `moonlanding bench`, from its options to what it prints and keeps. Measures nothing."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from moonlanding_assets.bench.catalogue import STAGES
from moonlanding_assets.bench.compare import changes, previous_of
from moonlanding_assets.bench.page import page
from moonlanding_assets.bench.result import Result, read_results
from moonlanding_assets.bench.series import Series, Wanted
from moonlanding_assets.bench.table import print_curve, print_result
from moonlanding_assets.bench.targets import judged
from moonlanding_assets.bench.verb import STDOUT
from moonlanding_assets.console.leaving import leaving_soon
from moonlanding_assets.console.terminal import progress_console, wide_console
from moonlanding_assets.console.watch import Watch
from moonlanding_assets.errors import SettingsError
from moonlanding_assets.load.files import put_in_place
from moonlanding_assets.settings import Settings
from moonlanding_assets.synthetic.scale import SMALLEST

PAGE = "bench.html"  # of the last call


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the options say. `only`: names of stages, () for all. `peers`: the Python that has them.

    `copy`: a file that gets the results too, "-" for stdout.
    """

    sizes: tuple[int, ...]
    rounds: int
    seed: int
    only: tuple[str, ...] = ()
    peers: Path | None = None
    is_kept: bool = False
    copy: str | None = None


def sizes_of(text: str) -> tuple[int, ...]:
    """Numbers of documents, ascending; raises SettingsError for anything else."""
    words = [word.strip() for word in text.split(",")]
    if not all(word.isascii() and word.isdigit() and int(word) >= SMALLEST for word in words):
        raise SettingsError(f"whole numbers from {SMALLEST} on, with commas between them")
    return tuple(sorted({int(word) for word in words}))


def names_of(text: str) -> tuple[str, ...]:
    """Names of stages; raises SettingsError for one that is none."""
    names = tuple(word.strip() for word in text.split(",") if word.strip())
    known = [one.name for one in STAGES]
    strange = [name for name in names if name not in known]
    if strange:
        raise SettingsError(f"--only: there is no {strange[0]}; there are {', '.join(known)}")
    return names


def run_bench(settings: Settings, asked: Asked) -> None:
    """Measure every size in turn; print and keep each result as it is there."""
    home = settings.data / "bench"
    home.mkdir(parents=True, exist_ok=True)
    todo = [_wanted(settings, asked, home, documents) for documents in asked.sizes]
    results: list[Result] = []
    for wanted in todo:
        with leaving_soon(), Watch(progress_console()) as watch:
            results.append(Series(wanted, watch).measure())
        before = previous_of(results[-1], read_results(home))
        _keep(results, before, home)
        if not asked.is_kept:
            wanted.remove_data()
        if asked.copy != STDOUT:
            print_result(wide_console(), results[-1], before)
    for wanted in todo:  # only now: a call that is stopped goes on with the sizes that are missing
        wanted.journal.unlink()
        if not asked.is_kept:
            shutil.rmtree(wanted.home)
    _conclude(results, home, asked)


def _wanted(settings: Settings, asked: Asked, home: Path, documents: int) -> Wanted:
    return Wanted(
        documents=documents,
        seed=asked.seed,
        rounds=asked.rounds,
        workers=settings.workers,
        home=home / f"{documents}-{asked.seed}",
        only=asked.only,
        peers=asked.peers,
    )


def _keep(results: Sequence[Result], before: Result | None, home: Path) -> None:
    """The last result beside the older ones, and the page of this call."""
    result = results[-1]
    compared = [] if before is None else [asdict(one) for one in changes(result, before)]
    content = {
        **_content(result),
        "before": None if before is None else before.ended_at,
        "changes": compared,
    }
    stamp = result.ended_at.replace(":", "").replace("-", "")
    file = home / f"bench-{stamp}-{result.documents}.json"
    put_in_place(file, f"{json.dumps(content, indent=2)}\n".encode())
    put_in_place(home / PAGE, page(results).encode())


def _content(result: Result) -> dict[str, Any]:
    return {**result.content(), "targets": [asdict(one) for one in judged(result)]}


def _conclude(results: Sequence[Result], home: Path, asked: Asked) -> None:
    """The curve, where there is one, and where everything is."""
    text = f"{json.dumps([_content(one) for one in results], indent=2)}\n"
    if asked.copy == STDOUT:
        click.echo(text, nl=False)
        return
    if asked.copy is not None:
        put_in_place(Path(asked.copy).absolute(), text.encode())
    if len(results) > 1:
        print_curve(wide_console(), results)
    click.echo(f"results: {home}; page: {home / PAGE}")
