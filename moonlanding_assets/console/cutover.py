"""The verbs of `cutover`: parsing, one call, printing. Holds no work of its own."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from moonlanding_assets.console.completing import complete_verb
from moonlanding_assets.console.fencing import fence_verb
from moonlanding_assets.console.saying import IN_JSON, say
from moonlanding_assets.console.switching import (
    remind_of_the_fence,
    row_content,
    say_record,
    say_step,
    say_waiting,
    standing_of,
)
from moonlanding_assets.settings import Settings

if TYPE_CHECKING:
    from moonlanding_assets.cutover.switch.parts import Parts
    from moonlanding_assets.cutover.switch.running import Asked
    from moonlanding_assets.parallel.state.control_row import Row

Verb = TypeVar("Verb", bound=Callable[..., Any])
_GATEWAY = click.option(
    "--gateway",
    default="http://127.0.0.1:8480",
    show_default=True,
    metavar="URL",
    help="The gateway, on this machine.",
)
_BY = click.option("--by", required=True, help="Your name, kept in the history of states.")
_YES = click.option("--yes", is_flag=True, help="Do not ask.")


@click.group("cutover")
def cutover_group() -> None:
    """The switch of writes from the old systems to Moonlanding, and the ways back.

    \b
    moonlanding cutover status                    what is missing, or how far it is
    moonlanding cutover rehearse --by NAME        steps 1 to 7 and back; nothing moves
    moonlanding cutover go --by NAME              the switch: thirteen steps
    moonlanding cutover reverse --by NAME --reason WHY      back, no write lost
    moonlanding cutover complete --by NAME        after the soak: leave the old systems

    Writes wait at the gateway meanwhile, for two seconds at most; reads are answered. Each step has
    a limit. Up to step 7 whatever fails is undone; from step 8, the journal, there is only forward.
    """


cutover_group.add_command(fence_verb)
cutover_group.add_command(complete_verb)


@cutover_group.command("status")
@_GATEWAY
@IN_JSON
@click.pass_obj
def status_verb(settings: Settings, gateway: str, as_json: bool) -> None:
    """How far a switch is and what to type; between switches, what the next one still lacks."""
    from dataclasses import replace

    from moonlanding_assets.cutover.switch.standing import LAST, lines, read_switch

    found = read_switch(settings.layout)
    if found is None:
        not_begun = "parallel operation has not begun: `moonlanding parallel begin --by NAME`"
        click.echo("null" if as_json else not_begun)
        return
    if found.under_way is None and not found.preparing and found.row.state != LAST:
        found = replace(found, prechecks=_prechecks(settings, gateway, found.row))
    click.echo(json.dumps(found.as_json(), indent=2) if as_json else "\n".join(lines(found)))


@cutover_group.command("rehearse")
@_BY
@_GATEWAY
@IN_JSON
@click.pass_obj
def rehearse_verb(settings: Settings, by: str, gateway: str, as_json: bool) -> None:
    """Do steps 1 to 7 and undo them: everything but the journal. Nothing moves.

    Writes are held for that moment, so it asks what the switch asks. Too much of anything shows
    here, with its time. Record and report: data/phase/3.9/.
    """
    from moonlanding_assets.cutover.switch.running import rehearse

    with _parts(settings, gateway) as parts:
        say_record(rehearse(settings.layout, parts, _asked(settings, by)), as_json=as_json)
    remind_of_the_fence(settings)


@cutover_group.command("go")
@_BY
@_GATEWAY
@_YES
@IN_JSON
@click.pass_obj
def go_verb(settings: Settings, by: str, gateway: str, yes: bool, as_json: bool) -> None:
    """Switch: from now on Moonlanding takes the writes. From S5 to S8.

    Asks everything that S6 asks: phase 3.7 with 12 of 12, the sign-off of 3.9, a verified backup
    younger than 15 min, no drift, lag below 2 s, room on the disk, sync and gateway alive. It waits
    for up to four minutes until both sides keep pace, and says how far that is. Ctrl-C before the
    journal is an abort; after it nothing is interrupted.
    """
    from moonlanding_assets.cutover.switch.running import go

    if not yes:
        click.confirm("Move all writes to Moonlanding?", abort=True, err=True)
    with _parts(settings, gateway) as parts:
        say_record(go(settings.layout, parts, _asked(settings, by)), as_json=as_json)


@cutover_group.command("reverse")
@_BY
@click.option("--reason", required=True, help="Why; it is kept.")
@click.option(
    "--to",
    type=click.Choice(["S2", "S5"]),
    default="S2",
    show_default=True,
    help="S2: reads go to the old systems as well. S5: reads stay.",
)
@_GATEWAY
@_YES
@IN_JSON
@click.pass_obj
def reverse_verb(
    settings: Settings, /, by: str, reason: str, to: str, gateway: str, **flags: bool
) -> None:
    """Switch back: the old systems take the writes again. From S8 or S9; no write is lost.

    The same thirteen steps with the sides exchanged. It needs no sign-off: it is the way out.
    """
    from dataclasses import replace

    from moonlanding_assets.cutover.switch.running import reverse

    if not flags["yes"]:
        click.confirm("Move all writes back to the old systems?", abort=True, err=True)
    with _parts(settings, gateway) as parts:
        asked = replace(_asked(settings, by), reason=reason, to=to)
        say_record(reverse(settings.layout, parts, asked), as_json=flags["as_json"])
    remind_of_the_fence(settings)


@cutover_group.command("abort")
@click.option("--by", default="", help="Your name. [default: your login]")
@click.option("--reason", default="by command", show_default=True, help="Why; it is kept.")
@_GATEWAY
@IN_JSON
@click.pass_obj
def abort_verb(settings: Settings, by: str, reason: str, gateway: str, as_json: bool) -> None:
    """Undo a switch that has not written its journal: the side that wrote writes again.

    Proved by a canary write. A controller that runs is asked to do it; where none runs, it is done
    here. After the journal there is nothing to abort: `moonlanding cutover recover`.
    """
    from dataclasses import replace

    from moonlanding_assets.cutover.switch.running import abort, interrupt

    process = interrupt(settings.layout)
    if process is not None:
        found, lines = standing_of(settings)
        said = f"the switch of process {process} has ended"
        say({"ended": process, **found}, said, *lines, as_json=as_json)
        remind_of_the_fence(settings)
        return
    with _parts(settings, gateway) as parts:
        row = abort(settings.layout, parts, replace(_asked(settings, by), reason=reason))
    said = f"aborted: {row.state}, {row.authority} takes writes, proved by a canary write"
    say(row_content(row), said, as_json=as_json)
    remind_of_the_fence(settings)


@cutover_group.command("recover")
@click.option("--by", default="", help="Your name. [default: your login]")
@_GATEWAY
@IN_JSON
@click.pass_obj
def recover_verb(settings: Settings, by: str, gateway: str, as_json: bool) -> None:
    """Bring a killed switch to an end: forward where its journal is written, else back.

    Type it as often as you like: where nothing is left to do it says so.
    """
    from moonlanding_assets.cutover.switch.running import recover

    with _parts(settings, gateway) as parts:
        row = recover(settings.layout, parts, _asked(settings, by))
    if row is None:
        say({"state": None}, "nothing is under way", as_json=as_json)
        return
    said = f"recovered: {row.state} in epoch {row.epoch}, {row.authority} takes writes"
    say(row_content(row), said, as_json=as_json)
    remind_of_the_fence(settings)


def _prechecks(settings: Settings, gateway: str, row: "Row") -> Any:
    """Without the comparison of both sides, which takes longer than a look should."""
    from moonlanding_assets.cutover.switch.prechecks import STARTS, Precheck, look
    from moonlanding_assets.errors import MoonlandingError

    way = "reverse" if row.state in STARTS["reverse"] else "go"
    try:
        with _parts(settings, gateway) as parts:
            direct = _asked(settings, "").direct
            return look(settings.layout, parts, way=way, with_drift=False, direct=direct).listed
    except MoonlandingError as error:
        return (
            Precheck(name="settings", says="what a switch needs", is_met=False, found=str(error)),
        )


@contextmanager
def _parts(settings: Settings, gateway: str) -> "Iterator[Parts]":
    from moonlanding_assets.cutover.switch.opening import opened_parts

    with opened_parts(settings, gateway=gateway) as parts:
        yield parts


def _asked(settings: Settings, by: str) -> "Asked":
    import getpass
    from functools import partial

    from moonlanding_assets.cutover.switch.direct_fence import proved_now
    from moonlanding_assets.cutover.switch.running import Asked

    direct = partial(proved_now, settings)
    return Asked(by=by or getpass.getuser(), tell=say_step, waits=say_waiting, direct=direct)
