"""The verbs of the end, `cutover complete` and `report`: parsing, calling, printing."""

import dataclasses
import json
from typing import TYPE_CHECKING

import click

from moonlanding_assets.settings import Settings

if TYPE_CHECKING:
    from moonlanding_assets.cutover.completion.to_do import Task


@click.command("complete")
@click.option("--by", required=True, help="Your name, kept in the history.")
@click.option("--back", is_flag=True, help="From S10 back to S9, until the archive is sealed.")
@click.option("--reason", default="", help="Why back.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
@click.pass_obj
def complete_verb(settings: Settings, by: str, back: bool, reason: str, as_json: bool) -> None:
    """Leave the old systems: from S9 to S10, and typed again from there to S11.

    S10 asks 24 hours that were watched by the real clock and green, an archive of both systems that
    was restored and came back equal, and your signature (`approve 3.10`). S11 asks that the archive
    is sealed and the old credentials are revoked; then the final report is written. What is missing
    is named with the command that gets it, and nothing has changed then.
    """
    from moonlanding_assets.cutover.completion.keeping import keep_final_report
    from moonlanding_assets.cutover.completion.to_do import left_to_do
    from moonlanding_assets.cutover.completion.walking import complete, give_up
    from moonlanding_assets.parallel.state.standing import described

    layout = settings.layout
    row = give_up(layout, by=by, reason=reason) if back else complete(layout, by=by)
    pages = [] if row.state != "S11" else [str(one) for one in keep_final_report(layout)[1:]]
    tasks = left_to_do(layout)
    if as_json:
        left = [dataclasses.asdict(one) for one in tasks]
        click.echo(json.dumps({**described(row), "reports": pages, "left_to_do": left}, indent=2))
        return
    click.echo("  ".join(f"{name} {value}" for name, value in described(row).items()))
    for page in pages:
        click.echo(page)
    click.echo("\n".join(task_lines(tasks)))


@click.command("report")
@click.option("--json", "as_json", is_flag=True, help="Print the report instead of its place.")
@click.pass_obj
def report_verb(settings: Settings, as_json: bool) -> None:
    """The final report over all phases, 3.4 to 3.10: data/final/report.json and report.html.

    At any time: before the end it says what is left to do. Exits with 1 unless every phase passed.
    """
    from moonlanding_assets.cutover.completion.keeping import keep_final_report

    report, *files = keep_final_report(settings.layout)
    if as_json:
        click.echo(report.to_json().decode())
    else:
        click.echo("\n".join([f"all phases: {report.verdict}", *map(str, files)]))
    if report.verdict != "PASS":
        raise SystemExit(1)


def task_lines(tasks: "tuple[Task, ...]") -> list[str]:
    """The list of what is left, for a screen."""
    from moonlanding_assets.cutover.completion.to_do import NOTHING

    if not tasks:
        return [NOTHING]
    rows = [f"  {one.phase:5} {one.what}  ->  {one.command}" for one in tasks]
    return ["left to do:", *rows]
