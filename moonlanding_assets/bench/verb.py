"""The verb `bench`: parses and calls. Heavy imports are inside, so that --help answers at once."""

from pathlib import Path
from typing import Any

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
@click.option("--only", default="", help="Names of stages, with commas; else all.")
@click.option(
    "--peers",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A Python that has benchmark/requirements.txt: others on the same documents.",
)
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
def bench_group(context: click.Context, /, **given: Any) -> None:
    """How long every stage takes here, beside what it has to take.

    Exports of invented firms are made, and each stage and the whole job are run REPEAT times, each
    in a process of its own. Results are kept in data/bench and compared with the last one there.
    A run that was interrupted goes on where it was. Several sizes give the curve of growth.
    """
    if context.invoked_subcommand is not None:
        return
    from moonlanding_assets.bench.running import Asked, names_of, run_bench, sizes_of

    settings: Settings = context.obj
    asked = Asked(
        sizes=sizes_of(given["sizes"]),
        rounds=given["rounds"],
        seed=given["seed"],
        only=names_of(given["only"]),
        peers=given["peers"] and given["peers"].absolute(),
        is_kept=given["keep"],
        copy=given["copy"],
    )
    run_bench(settings, asked)


@bench_group.command("queries")
@click.option("--docs", default=16735, show_default=True, type=click.IntRange(400))
@click.option("--rows", default="100000,1000000", show_default=True, help="With commas between.")
@click.option(
    "--json",
    "copy",
    metavar="[FILE]",
    is_flag=False,
    flag_value=STDOUT,
    help="Print JSON instead of tables, or write it to FILE as well.",
)
@click.pass_obj
def queries_verb(settings: Settings, docs: int, rows: str, copy: str | None) -> None:
    """How long the application's queries wait, warm and cold, and by which plans.

    A database of DOCS documents is made, and copies of it in which every row is there as often as
    it takes. The queries are those of check 12 of phase 3.7, searches for the commonest words
    among them.
    """
    from moonlanding_assets.bench.asking import ask_queries
    from moonlanding_assets.bench.running import sizes_of

    ask_queries(settings, documents=docs, rows=sizes_of(rows), copy=copy)
