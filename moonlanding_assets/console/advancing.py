"""The verbs `parallel advance`, `back` and `share`: parsing, one call, the state afterwards."""

import getpass
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from moonlanding_assets.console.saying import IN_JSON, say
from moonlanding_assets.settings import Settings

if TYPE_CHECKING:
    from moonlanding_assets.parallel.state.control_row import Row

Verb = TypeVar("Verb", bound=Callable[..., Any])
BEFORE = ("S0", "S1", "S2", "S3", "S4", "S5")
ONWARD = click.Choice((*BEFORE, "S9"))
BACKWARD = click.Choice(BEFORE)
STOP_SECONDS = 30.0


def _by(verb: Verb) -> Verb:
    said = "Your name, for the history of states. [default: your login]"
    return click.option("--by", default=getpass.getuser, help=said)(verb)


@click.command("advance")
@click.argument("target", required=False, type=ONWARD)
@click.option("--percent", type=click.IntRange(0, 100), help="Into S4: of the users. [default: 0]")
@_by
@IN_JSON
@click.pass_obj
def advance_verb(
    settings: Settings, target: str | None, percent: int | None, by: str, as_json: bool
) -> None:
    """On to the next state, when its evidence is there; otherwise says what is missing."""
    from moonlanding_assets.parallel.state.advancing import advance

    _say(advance(settings.layout, target or "", by=by, percent=percent), as_json=as_json)


@click.command("back")
@click.argument("target", required=False, type=BACKWARD)
@click.option("--reason", required=True, help="Why, for the history of states.")
@_by
@IN_JSON
@click.pass_obj
def back_verb(settings: Settings, target: str | None, reason: str, by: str, as_json: bool) -> None:
    """Back to the state before. Into S0 the sync is stopped first."""
    from moonlanding_assets.parallel.service.process import sync_service
    from moonlanding_assets.parallel.state.advancing import back, present_row

    if present_row(settings.layout).state == "S1" and target in (None, "S0"):
        sync_service(settings.layout).stop(wait_seconds=STOP_SECONDS)
    _say(back(settings.layout, target or "", by=by, reason=reason), as_json=as_json)


@click.command("share")
@click.argument("percent", type=click.IntRange(0, 100))
@_by
@IN_JSON
@click.pass_obj
def share_verb(settings: Settings, percent: int, by: str, as_json: bool) -> None:
    """In S4: so many users out of a hundred read from Moonlanding. 0 is the way back."""
    from moonlanding_assets.parallel.state.advancing import share

    _say(share(settings.layout, percent, by=by), percent, as_json=as_json)


def _say(row: "Row", percent: int | None = None, *, as_json: bool) -> None:
    from moonlanding_assets.parallel.state.standing import described

    found = described(row)
    line = f"{found['state']}: reads {found['reads']}, writes {found['writes']}"
    if percent is None:
        say(found, line, as_json=as_json)
    else:
        more = f", {percent}% of the users read from NEW"
        say({**found, "percent": percent}, line + more, as_json=as_json)


VERBS = (advance_verb, back_verb, share_verb)
