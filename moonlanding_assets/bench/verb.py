"""The verb `bench`: parses and calls. Heavy imports are inside, so that --help answers at once."""

import click

from moonlanding_assets.settings import Settings

DOCUMENTS = "16735"
STDOUT = "-"


@click.group("bench", invoke_without_command=True)
@click.option(
    "--docs", "sizes", default=DOCUMENTS, show_default=True, help="How many; or several: 1000,2000."
)
@click.option("--repeat", "rounds", default=3, show_default=True, type=click.IntRange(1))
@click.option("--seed", default=1, show_default=True, help="Of the invented documents.")
@click.option("--keep", is_flag=True, help="Leave the measured data in data/bench.")
@click.option(
    "--json",
    "copy",
    metavar="[FILE]",
    is_flag=False,
    flag_value=STDOUT,
    help="Print JSON instead of tables, or write it to FILE as well.",
)
@click.pass_context
def bench_group(
    context: click.Context, sizes: str, rounds: int, seed: int, keep: bool, copy: str | None
) -> None:
    """How long every stage takes here, beside what it has to take.

    Exports of invented firms are made, and each stage and the whole job are run REPEAT times, each
    in a process of its own. Results are kept in data/bench and compared with the last one there.
    A run that was interrupted goes on where it was.
    """
    if context.invoked_subcommand is not None:
        return
    from moonlanding_assets.bench.running import Asked, run_bench, sizes_of

    settings: Settings = context.obj
    asked = Asked(sizes=sizes_of(sizes), rounds=rounds, seed=seed, is_kept=keep, copy=copy)
    run_bench(settings, asked)
