"""The verbs of the way back: what of it cannot go, and its proof. Parsing and printing only.

Holds no rule about columns (parallel/backward/check.py) and no proof (parallel/backward/proof.py).
"""

import json
import threading
import time
from dataclasses import asdict

import click

from moonlanding_assets.console.saying import IN_JSON, say
from moonlanding_assets.errors import SyncError
from moonlanding_assets.settings import Settings

_LOOK_SECONDS = 0.2


@click.command("reverse-check")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, every column.")
def reverse_check(as_json: bool) -> None:
    """List what applications write in Moonlanding that no document of the old systems can hold.

    Read it before the switch: those values stay in Moonlanding. It reads declarations only.
    """
    from moonlanding_assets.parallel.backward.check import EDITED, standings

    found = list(standings())
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], indent=2))
        return
    going = sum(one.standing == "goes" for one in found)
    click.echo(f"{len(EDITED)} tables that people edit; {going} of {len(found)} columns go back")
    for one in found:
        if one.standing != "goes":
            where = f"{one.table}.{one.column}"
            click.echo(f"{one.standing:8} {where:42} {one.collection or '-':34} {one.reason}")


@click.command("reverse-proof")
@click.option("--wait-seconds", default=180.0, show_default=True, help="How long to wait.")
@IN_JSON
@click.pass_obj
def reverse_proof(settings: Settings, wait_seconds: float, as_json: bool) -> None:
    """Prove the way back on a scratch document: written here, there, no echo, gone on both sides.

    The running sync does it (`parallel start`); the answer is kept as evidence for S3.
    """
    from moonlanding_assets.parallel.backward.proof import answer, ask
    from moonlanding_assets.parallel.service.process import running_process

    if running_process(settings.layout) is None:
        raise SyncError("no sync runs that could prove it: `moonlanding parallel start` first")
    name, until, pause = ask(settings.layout), time.monotonic() + wait_seconds, threading.Event()
    while (found := answer(settings.layout, name)) is None:
        if time.monotonic() > until:
            raise SyncError(f"the running sync gave no answer within {wait_seconds:g} s")
        pause.wait(_LOOK_SECONDS)
    keys = ("proved", "echoes", "path", "sha256_here", "sha256_there", "seconds", "problem")
    shown = {key: found[key] for key in keys if found.get(key, "") != ""}
    lines = [f"{key} {str(one).lower() if key == 'proved' else one}" for key, one in shown.items()]
    say(shown, *lines, as_json=as_json)
    if not found["proved"]:
        raise click.exceptions.Exit(1)


VERBS = (reverse_check, reverse_proof)
