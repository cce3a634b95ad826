"""The verb `drift`, and `drift repair`: parsing and printing. Holds no comparison.

The heavy imports are inside the verbs, so that --help answers at once.
"""

import dataclasses
from typing import TYPE_CHECKING, Any

import click

from moonlanding_assets.console.saying import IN_JSON, say
from moonlanding_assets.settings import Layout, Settings

if TYPE_CHECKING:
    from moonlanding_assets.parallel.drift.record import Check
    from moonlanding_assets.parallel.drift.repair import Repaired

REPAIR_SECONDS = 120.0


@click.group("drift", invoke_without_command=True)
@click.option("--all", "is_all", is_flag=True, help="Every document, in a new order.")
@click.option("--changed", "is_changed", is_flag=True, help="What changed since. [default]")
@click.option(
    "--wait",
    "limit_seconds",
    default=30.0,
    show_default=True,
    help="Seconds that a running sync may take for what is on its way.",
)
@click.option("--friday-project", help="The project of friday.")
@click.option("--mwr-project", help="The project of mwr.")
@IN_JSON
@click.pass_context
def drift_group(
    context: click.Context,
    /,
    is_all: bool,
    is_changed: bool,
    *,
    limit_seconds: float,
    as_json: bool,
    **given: str | None,
) -> None:
    """Compare the old systems with Moonlanding.

    By the hash of every document; what differs is looked at again before it counts. Changes
    nothing. Exits with 1 when a difference is confirmed, 0 when none is.
    """
    settings: Settings = context.obj
    named: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    live = dataclasses.replace(settings.live, **named)
    settings = context.obj = dataclasses.replace(settings, live=live)
    if context.invoked_subcommand is not None:
        return
    if is_all and is_changed:
        raise click.UsageError("--all or --changed, not both")
    check = _checked(settings, is_all=is_all, limit_seconds=limit_seconds)
    found, lines = _found(settings.layout, check)
    say(found, *lines, as_json=as_json)
    if check.confirmed:
        raise SystemExit(1)


@drift_group.command("repair")
@click.argument("paths", nargs=-1)
@click.option("--all", "is_all", is_flag=True, help="All that the last check confirmed.")
@click.option("--by", required=True, help="Your name, kept in the log of repairs.")
@IN_JSON
@click.pass_obj
def repair_verb(
    settings: Settings, paths: tuple[str, ...], is_all: bool, by: str, as_json: bool
) -> None:
    """Make documents on the other side what the authority holds.

    PATHS are those of documents, also as `drift` shows them. Until the switch the old systems are
    the authority, from then on it is Moonlanding. A running sync is asked to do it. Compares again,
    and exits with 1 if any still differs. Kept in data/parallel/repairs.jsonl.
    """
    if bool(paths) == is_all:
        raise click.UsageError("name the paths, or say --all")
    done = _repaired(settings, paths, by=by)
    lines = [f"{done.events} documents, {done.rows} rows changed"]
    if done.put_back:
        lines.append(
            f"{done.put_back} rows were put back: see `moonlanding parallel conflicts list`"
        )
    check = _checked(settings, is_all=False, limit_seconds=0.0)
    found, said = _found(settings.layout, check)
    say({**dataclasses.asdict(done), "check": found}, *lines, *said, as_json=as_json)
    if done.left or check.confirmed:
        raise SystemExit(1)


def _checked(settings: Settings, *, is_all: bool, limit_seconds: float) -> "Check":
    from rich.console import Console

    from moonlanding_assets.console.watch import Watch
    from moonlanding_assets.parallel.drift.checking import Drift
    from moonlanding_assets.parallel.service.process import running_process
    from moonlanding_assets.parallel.service.source_reading import live_readings

    kind = "all" if is_all else "changed"
    limit_seconds = limit_seconds if running_process(settings.layout) is not None else 0.0
    with live_readings(settings.live) as old, Watch(Console(stderr=True)) as watch:
        drift = Drift(settings.layout, old, limit_seconds=limit_seconds)
        with watch.work(f"drift, {kind}") as progress:
            return drift.check(kind, progress=progress)


def _repaired(settings: Settings, paths: tuple[str, ...], *, by: str) -> "Repaired":
    from contextlib import closing

    from moonlanding_assets.parallel.drift.repair import ask, carry_out, planned
    from moonlanding_assets.parallel.service.opening import open_sync
    from moonlanding_assets.parallel.service.process import running_process
    from moonlanding_assets.parallel.service.source_reading import live_readings
    from moonlanding_assets.source.clock import SystemClock

    repair = planned(settings.layout, paths, by=by)
    if running_process(settings.layout) is not None:
        return ask(settings.layout, repair, clock=SystemClock(), limit_seconds=REPAIR_SECONDS)
    with (
        live_readings(settings.live) as old,
        closing(open_sync(settings.layout)) as sync,
        closing(sync.present),
    ):
        return carry_out(settings.layout, repair, sync, old)


def _found(layout: Layout, check: "Check") -> tuple[dict[str, Any], list[str]]:
    """All of it; and a line, then what it confirmed: paths and field names, never a value."""
    from moonlanding_assets.parallel.drift.record import SHOWN_PATHS, details, details_file

    found = details(layout, check.number)
    order = f", order {check.order}" if check.order else ""
    lines = [
        f"drift {check.confirmed}: {check.compared:,} documents compared ({check.kind}{order}), "
        f"{check.differing:,} differed at first sight, {check.in_flight:,} are changing; "
        f"{check.seconds:.1f} s"
    ]
    for one in found["differences"][:SHOWN_PATHS]:
        fields = f"  {', '.join(one['fields'])}" if one["fields"] else ""
        lines.append(f"{one['kind']}  {one['path']}{fields}")
    if check.confirmed:
        lines.append(f"everything: {details_file(layout, check.number)}")
        lines.append("to repair: moonlanding drift repair --all --by NAME")
    return found, lines
