"""moonlanding <verb>: parse, call one function, print. Holds no work of its own.

The heavy imports (Dagster, DuckDB) are inside the verbs, so that --help answers at once.
"""

import dataclasses
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from moonlanding_assets.bench.verb import bench_group
from moonlanding_assets.console.archive import archive_group
from moonlanding_assets.console.completing import report_verb
from moonlanding_assets.console.cutover import cutover_group
from moonlanding_assets.console.drift import drift_group
from moonlanding_assets.console.examples import with_examples
from moonlanding_assets.console.gateway import gateway_verb, shadow_group
from moonlanding_assets.console.leaving import INTERRUPTED, SAID, interrupt_on_sigterm
from moonlanding_assets.console.ledger import VERBS
from moonlanding_assets.console.parallel import parallel_group
from moonlanding_assets.console.phases import VERBS as PHASE_VERBS
from moonlanding_assets.console.plan import plan_verb
from moonlanding_assets.console.saying import IN_JSON, say
from moonlanding_assets.console.soak import soak_group
from moonlanding_assets.console.sources import demo_data, snapshot
from moonlanding_assets.console.terminal import QUIET
from moonlanding_assets.console.verify import verify_verb
from moonlanding_assets.engine_settings import ENGINES
from moonlanding_assets.settings import Settings, read_settings

GUIDE = """Moves Friday and MyWorkReview (Firestore) into Moonlanding (SQLite), and proves it.

Documents are read once, from managed exports or live, into a snapshot. From it three fractions
are migrated in turn, 1%, 10% and 100%, each into a database of its own; the last one is
data/app.db. Checks then compare snapshot and database. Everything is also visible in the Dagster
UI.

\b
To see it work on invented data:    moonlanding demo
With exports of your own:           moonlanding snapshot --friday-export A --mwr-export B
                                    moonlanding run 3.4    (1%), then run 3.5 (10%)
                                    moonlanding approve 3.5 --by NAME
                                    moonlanding run 3.6    (100%), then run 3.7 (checks)
To look at what there is:           moonlanding status
                                    moonlanding ui

\b
Every verb that prints a result prints JSON with --json. Progress goes to stderr: bars on a
terminal, a line a stage elsewhere, nothing with --quiet. Completion, in bash (zsh and fish alike):
    eval "$(_MOONLANDING_COMPLETE=bash_source moonlanding)"

\b
Exit codes: 0 done, every check passed     3 input, setting, gate or target refused
            1 a check did not pass         4 a fault of this program (see --debug)
            2 command not understood       130 interrupted
"""

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")


class InOrder(click.Group):
    """Lists its commands as they are written here, the most useful first."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in order of definition."""
        return list(self.commands)


@click.group(cls=InOrder, help=GUIDE, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where everything is kept. [default: $MOONLANDING_DATA, else ./data]",
)
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    help="What converts documents. [default: $MOONLANDING_ENGINE, else local]",
)
@click.option(
    "--spark-master",
    metavar="URL",
    help="Where Spark does: local[2], spark://HOST:PORT. [default: $MOONLANDING_SPARK_MASTER]",
)
@click.option("--debug", is_flag=True, help="On failure, show where in the program it happened.")
@click.option("--quiet", "-q", is_flag=True, help="No progress: results and failures only.")
@click.option("--no-color", is_flag=True, help="No colours. [the same: NO_COLOR=1]")
@click.version_option(package_name="moonlanding-assets", prog_name="moonlanding")
@click.pass_context
def cli(
    context: click.Context, /, *, debug: bool, quiet: bool, no_color: bool, **given: Any
) -> None:
    """Read the settings; the verbs find them in the context."""
    for name, value in given.items():
        if value is not None:  # for the UI and worker processes
            text = str(value.absolute()) if isinstance(value, Path) else value
            os.environ[f"MOONLANDING_{name.upper()}"] = text
    if no_color:
        os.environ["NO_COLOR"] = "1"  # what prints tables and bars looks there
    context.meta["debug"] = debug
    context.meta[QUIET] = quiet
    context.obj = read_settings()


cli.add_command(demo_data)
cli.add_command(snapshot)
cli.add_command(plan_verb)


for phase_verb in PHASE_VERBS:
    cli.add_command(phase_verb)
cli.add_command(verify_verb)


@cli.command()
@click.option("--scale", default="staging", show_default=True, help="staging, full, or a number.")
@click.option("--seed", default=1, show_default=True, help="Same seed, same bytes.")
@as_json
@click.pass_obj
def demo(settings: Settings, scale: str, seed: int, as_json: bool) -> None:
    """The whole way on invented data, with a summary.

    Exports, snapshot, phases 3.4 to 3.7; one that does not pass is the last one. The exports are
    made when data/demo has none of this scale and seed. Invented data are signed by the demo.
    """
    from moonlanding_assets.console.conclusion import conclude
    from moonlanding_assets.console.demo_guard import require_free_of_real_data
    from moonlanding_assets.console.phases import require_passed, say_phases
    from moonlanding_assets.console.running import fraction_results, run_phases
    from moonlanding_assets.console.work import (
        has_demo_data,
        make_demo_data,
        session,
        take_snapshot,
    )
    from moonlanding_assets.cutover.phases import NUMBERS, PHASES

    out = settings.data / "demo"
    chosen = dataclasses.replace(
        settings,
        friday_export=settings.layout.demo_export("friday"),
        mwr_export=settings.layout.demo_export("mwr"),
        is_live=False,
        target=None,
    )
    require_free_of_real_data(settings.layout)
    with session(chosen) as work:
        if not has_demo_data(scale=scale, seed=seed, out=out):
            make_demo_data(work, scale=scale, seed=seed, out=out)
        take_snapshot(work)
        done = run_phases(work, PHASES, is_demo=True)
    results = fraction_results(settings.layout, NUMBERS[: len(done)])
    if not as_json:
        say_phases(done, as_json=False)
    conclude(settings, results, runs=work.runs, as_json=as_json)
    require_passed(done)


for verb in VERBS:
    cli.add_command(verb)
cli.add_command(parallel_group)
cli.add_command(drift_group)
cli.add_command(gateway_verb)
cli.add_command(shadow_group)
cli.add_command(cutover_group)
cli.add_command(soak_group)
cli.add_command(archive_group)
cli.add_command(bench_group)
cli.add_command(report_verb)


@cli.command()
@click.option("--port", default=3000, show_default=True, help="On 127.0.0.1.")
@IN_JSON
@click.pass_obj
def ui(settings: Settings, port: int, as_json: bool) -> None:
    """The Dagster UI on the same assets, runs and checks. Ctrl-C ends it."""
    from moonlanding_assets.console.ui import become_ui

    address = f"http://127.0.0.1:{port}"
    say({"address": address}, f"Dagster UI: {address}  (Ctrl-C ends it)", as_json=as_json)
    become_ui(settings, port)


@cli.command()
@click.option("--out", default="docs", type=click.Path(file_okay=False, path_type=Path))
@IN_JSON
def docs(out: Path, as_json: bool) -> None:
    """Write the generated pages: commands and assets."""
    from moonlanding_assets.console.reference import write_pages

    pages = [str(page) for page in write_pages(cli, out)]
    say({"pages": pages}, *pages, as_json=as_json)


with_examples(cli)


def main(arguments: Sequence[str] | None = None) -> None:
    """The entry point: every way to end becomes one message and an exit code."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if arguments is None:  # a process of its own
        interrupt_on_sigterm()
    os.umask(0o077)  # everything below data/ may hold personal values: files are 0600
    try:
        cli.main(given, prog_name="moonlanding", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        raise SystemExit(error.exit_code) from None
    except (click.Abort, KeyboardInterrupt):
        click.echo(f"moonlanding: {SAID}", err=True)
        raise SystemExit(INTERRUPTED) from None
    except Exception as error:
        from moonlanding_assets.console.failures import explain

        said, code = explain(error, is_debug="--debug" in given)
        click.echo(f"moonlanding: {said}", err=True)
        raise SystemExit(code) from None


if __name__ == "__main__":
    main()
