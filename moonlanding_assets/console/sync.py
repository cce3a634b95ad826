"""The verbs `parallel start` and `parallel stop`: parsing and one call each."""

import dataclasses
import getpass
from typing import Any

import click

from moonlanding_assets.console.saying import IN_JSON, say, speaker
from moonlanding_assets.settings import Settings

STOP_SECONDS = 30.0


@click.command("start")
@click.option("--by", help="Your name, for the history of states. [default: your login]")
@click.option("--foreground", is_flag=True, help="Run it here, until Ctrl-C.")
@click.option("--friday-project", help="The project of friday.")
@click.option("--mwr-project", help="The project of mwr.")
@click.option("--database", help="Of both projects. [default: (default)]")
@click.option("--page-size", type=int, help="Documents a page of a whole reading. [default: 1000]")
@click.option("--max-reads-per-second", type=int, help="Of whole readings. [default: no limit]")
@click.option("--whole-reading-seconds", type=int, help="From one to the next. [default: 3600]")
@click.option("--row-sweep-seconds", type=int, help="From one to the next. [default: 3600]")
@IN_JSON
@click.pass_obj
def start_verb(
    settings: Settings,
    /,
    by: str | None,
    foreground: bool,
    as_json: bool,
    **given: str | int | None,
) -> None:
    """Follow both old systems, so that Moonlanding is seconds behind them.

    From S0 this is the step to S1. It runs in the background, outlives the terminal, and writes
    data/parallel/sync.log; a start after a stop, or after a kill, goes on where the last one was.
    Projects and credentials are those of `moonlanding snapshot --source live`: reading is enough.
    """
    from moonlanding_assets.parallel.service.process import sync_service
    from moonlanding_assets.parallel.service.start import run_detached, run_here

    asked: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    live = dataclasses.replace(settings.live, **asked)
    chosen, name = dataclasses.replace(settings, live=live), by or getpass.getuser()
    if foreground:
        spoken = speaker(as_json=as_json)
        run_here(chosen, by=name, say=spoken)
        spoken("to go on: moonlanding parallel start")
        return
    words = [f"--{one.replace('_', '-')}={value}" for one, value in asked.items()]
    process = run_detached(chosen, [f"--by={name}", *words])
    log = str(sync_service(settings.layout).log)
    say(
        {"process": process, "log": log},
        f"the sync runs as process {process}; log: {log}",
        "how it stands: moonlanding parallel status   to end it: moonlanding parallel stop",
        as_json=as_json,
    )


@click.command("stop")
@IN_JSON
@click.pass_obj
def stop_verb(settings: Settings, as_json: bool) -> None:
    """End the sync that runs in the background, and wait for it. The state stays as it is."""
    from moonlanding_assets.parallel.service.process import sync_service

    process = sync_service(settings.layout).stop(wait_seconds=STOP_SECONDS)
    ended = f"the process {process} has ended; to go on: moonlanding parallel start"
    line = "the sync does not run" if process is None else ended
    say({"ended": process}, line, as_json=as_json)


VERBS = (start_verb, stop_verb)
