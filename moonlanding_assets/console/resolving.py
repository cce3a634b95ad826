"""The verbs `parallel quarantine` and `parallel conflicts`: what shuts the gate, and deciding it.

Prints ids, places, hashes and counts, never what a document or a row holds.
"""

import dataclasses
import json
from collections.abc import Sequence
from typing import Any

import click

from moonlanding_assets.console.saying import IN_JSON, say
from moonlanding_assets.settings import Settings

BY = click.option("--by", required=True, help="Your name; it is kept.")
REASON = click.option("--reason", required=True, help="Why; it is kept.")
RETRY_SECONDS = 60.0


@click.group("quarantine")
def quarantine_group() -> None:
    """Events that could not be carried into Moonlanding."""


@quarantine_group.command("list")
@IN_JSON
@click.pass_obj
def quarantine_list(settings: Settings, as_json: bool) -> None:
    """The events that nobody has resolved, the oldest first."""
    from moonlanding_assets.parallel.forward.resolving import events_aside

    found = events_aside(settings.layout.database("100%"))
    _print([dataclasses.asdict(one) for one in found], "no event lies in quarantine", as_json)


@quarantine_group.command("retry")
@click.argument("event")
@BY
@IN_JSON
@click.pass_obj
def quarantine_retry(settings: Settings, event: str, by: str, as_json: bool) -> None:
    """Try an event again, after whatever was in its way is mended. Exit code 1: still in the way.

    The running sync does it; where none runs, it is done here.
    """
    from moonlanding_assets.parallel.forward.retrying import retry

    is_carried = retry(settings.layout, event, by=by, wait_seconds=RETRY_SECONDS)
    line = f"{event} is carried" if is_carried else f"{event} cannot be carried still"
    say({"event": event, "is_carried": is_carried}, line, as_json=as_json)
    if not is_carried:
        raise SystemExit(1)


@quarantine_group.command("set-aside")
@click.argument("event")
@REASON
@BY
@IN_JSON
@click.pass_obj
def quarantine_set_aside(
    settings: Settings, event: str, reason: str, by: str, as_json: bool
) -> None:
    """Decide that an event is not carried: the document stays as Moonlanding has it."""
    from moonlanding_assets.parallel.forward.resolving import set_aside

    set_aside(settings.layout.database("100%"), event, by=by, reason=reason)
    say({"event": event, "is_set_aside": True}, f"{event} is set aside", as_json=as_json)


@click.group("conflicts")
def conflicts_group() -> None:
    """Rows that somebody else had written when the authority's value was put back."""


@conflicts_group.command("list")
@IN_JSON
@click.pass_obj
def conflicts_list(settings: Settings, as_json: bool) -> None:
    """The conflicts that nobody has settled; both values are in the table sync_conflicts."""
    from moonlanding_assets.parallel.forward.resolving import open_conflicts

    found = open_conflicts(settings.layout.database("100%"))
    _print([dataclasses.asdict(one) for one in found], "no conflict is open", as_json)


@conflicts_group.command("settle")
@click.argument("number", type=int)
@REASON
@BY
@IN_JSON
@click.pass_obj
def conflicts_settle(settings: Settings, number: int, reason: str, by: str, as_json: bool) -> None:
    """Say that somebody looked at a conflict: the authority's value stays."""
    from moonlanding_assets.parallel.forward.resolving import settle

    settle(settings.layout.database("100%"), number, by=by, reason=reason)
    said = f"conflict {number} is settled"
    say({"conflict": number, "is_settled": True}, said, as_json=as_json)


def _print(found: Sequence[dict[str, Any]], nothing: str, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(list(found), indent=2))
        return
    for one in found:
        click.echo("  ".join(f"{name} {value}" for name, value in one.items()))
    if not found:
        click.echo(nothing)


VERBS = (quarantine_group, conflicts_group)
