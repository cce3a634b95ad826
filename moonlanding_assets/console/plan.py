"""The verb `plan`: what a run would do to its target, before it does it.

Holds parsing and printing; the plan is made in load/plan.py, by the job `plan_fraction`.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click
from rich import box
from rich.table import Table

from moonlanding_assets.settings import FRACTIONS, Settings

if TYPE_CHECKING:
    from moonlanding_assets.load.plan import Plan

expected_plan = click.option(
    "--plan", "expected", default="", help="Run only if this is the digest of the plan."
)


@click.command("plan")
@click.argument("fraction", type=click.Choice(FRACTIONS), default="100%")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
@click.pass_obj
def plan_verb(settings: Settings, fraction: str, as_json: bool) -> None:
    """What a run of FRACTION would do; nothing is loaded.

    Rows that it would insert, people that it would merge, documents that it would quarantine, what
    it would change in the schema of the target, and the digest of all that. Exits with 3 when the
    target would be refused. `moonlanding run PHASE --plan DIGEST` does exactly this, or stops.
    """
    from moonlanding_assets.console.work import require_snapshots, session
    from moonlanding_assets.pipeline.p3_plan import read_plan

    require_snapshots(settings)
    with session(settings) as work:
        work.run("plan_fraction", f"plan {fraction}", fraction)
    say_plan(read_plan(settings.layout, fraction), fraction, as_json=as_json)


def say_plan(plan: "Plan", fraction: str, *, as_json: bool) -> None:
    """Print the plan; raises TargetRefused afterwards when it refuses its target."""
    from moonlanding_assets.console.terminal import wide_console
    from moonlanding_assets.load.existing import SchemaChanges

    if as_json:
        click.echo(plan.to_json().decode(), nl=False)
    else:
        for table in tables(plan, fraction):
            wide_console().print(table)
        click.echo(f"digest {plan.digest}")
    SchemaChanges(refused=plan.refused).require()


def tables(plan: "Plan", fraction: str) -> list[Table]:
    """The plan as tables, the parts that are empty left out."""
    held = {name: rows for name, rows in plan.inserts.items() if rows}
    return [
        *_counts(f"Rows that {fraction} would insert", ("table", "rows"), held),
        *_counts("Documents", ("outcome", "documents"), plan.documents),
        *_counts("Quarantine", ("reason", "entries"), plan.quarantine),
        *_counts("People who merge", ("who", "people"), _in_words(plan.merges)),
        *_lines("Changes of the schema", plan.schema),
        *_lines("Refused: nothing would be written", plan.refused),
    ]


_WORDS = {
    "people": "described by several documents, or in the target already",
    "into_existing": "of these, in the target already",
    "for_review": "of these, to be looked at: other names",
}


def _in_words(merges: Mapping[str, int]) -> dict[str, int]:
    return {_WORDS.get(name, name): count for name, count in merges.items()}


def _counts(title: str, names: tuple[str, str], counts: Mapping[str, int]) -> list[Table]:
    if not counts:
        return []
    table = _table(title, names[0])
    table.add_column(names[1], justify="right")
    for name, count in counts.items():
        table.add_row(name, f"{count:,}")
    table.add_section()
    return [table]


def _lines(title: str, lines: Sequence[str]) -> list[Table]:
    table = _table(title, "what")
    for line in lines:
        table.add_row(line)
    return [table] if lines else []


def _table(title: str, first: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    table.add_column(first)
    return table
