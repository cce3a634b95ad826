"""A call of `moonlanding bench`, from its options to what it prints and keeps. Measures nothing."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import click

from moonlanding_assets.bench.result import Result
from moonlanding_assets.bench.series import Series, Wanted
from moonlanding_assets.bench.table import print_result
from moonlanding_assets.bench.verb import STDOUT
from moonlanding_assets.console.leaving import leaving_soon
from moonlanding_assets.console.terminal import progress_console, wide_console
from moonlanding_assets.console.watch import Watch
from moonlanding_assets.errors import SettingsError
from moonlanding_assets.load.files import put_in_place
from moonlanding_assets.settings import Settings
from moonlanding_assets.synthetic.scale import SMALLEST


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the options say. `copy`: a file that gets the last result too, "-" for stdout."""

    sizes: tuple[int, ...]
    rounds: int
    seed: int
    is_kept: bool
    copy: str | None


def sizes_of(text: str) -> tuple[int, ...]:
    """Numbers of documents, ascending; raises SettingsError for anything else."""
    words = [word.strip() for word in text.split(",")]
    if not all(word.isascii() and word.isdigit() and int(word) >= SMALLEST for word in words):
        raise SettingsError(f"--docs: whole numbers from {SMALLEST} on, with commas between them")
    return tuple(sorted({int(word) for word in words}))


def run_bench(settings: Settings, asked: Asked) -> None:
    """Measure every size in turn; print and keep each result."""
    home = settings.data / "bench"
    home.mkdir(parents=True, exist_ok=True)
    for documents in asked.sizes:
        wanted = Wanted(
            documents=documents,
            seed=asked.seed,
            rounds=asked.rounds,
            workers=settings.workers,
            home=home / f"{documents}-{asked.seed}",
        )
        with leaving_soon(), Watch(progress_console()) as watch:
            result = Series(wanted, watch).measure()
        _keep(result, home, wanted, asked)
        if asked.copy != STDOUT:
            print_result(wide_console(), result)


def _keep(result: Result, home: Path, wanted: Wanted, asked: Asked) -> None:
    """The result beside the older ones; the journal, and the data, are not needed any more."""
    text = result.to_json().encode()
    stamp = result.ended_at.replace(":", "").replace("-", "")
    put_in_place(home / f"bench-{stamp}-{result.documents}.json", text)
    if asked.copy == STDOUT:
        click.echo(text, nl=False)
    elif asked.copy is not None:
        put_in_place(Path(asked.copy), text)
    (wanted.home / "journal.jsonl").unlink()
    if not asked.is_kept:
        shutil.rmtree(wanted.home)
