"""The verb `cutover fence`: parsing, one call, printing. Holds no command of any cloud."""

import dataclasses

import click

from moonlanding_assets.console.saying import IN_JSON, say
from moonlanding_assets.settings import Settings


@click.command("fence")
@click.option("--by", required=True, help="Your name; it is kept.")
@click.option("--by-hand", is_flag=True, help="Carry nothing out: you did, and say so.")
@click.option("--lift", "is_lifted", is_flag=True, help="Give writing back as it was.")
@IN_JSON
@click.pass_obj
def fence_verb(settings: Settings, /, by: str, **flags: bool) -> None:
    """Fence those who speak straight to Firestore, before the switch.

    Runs the rules and IAM commands of `moonlanding gateway fence-rules --out DIR`, which take
    minutes, and a canary write that must be refused. Only where $MOONLANDING_FENCE_DIR names DIR: a
    person has read them then. Else they are run by hand, and --by-hand notes who says so. Before an
    emulator there is nothing to fence: only the gateway writes. --lift after an abort.
    """
    from moonlanding_assets.cutover.switch.direct_fence import lift, note_by_hand, raise_fence

    as_json = flags["as_json"]
    if flags["is_lifted"]:
        lift(settings)
        said = "lifted: clients of Firestore may write again, as before"
        say({"fence": None}, said, as_json=as_json)
        return
    by_hand = flags["by_hand"]
    fence = note_by_hand(settings.layout, by=by) if by_hand else raise_fence(settings, by=by)
    word = "not asked: it is your word" if by_hand else "refused"
    said = f"fenced {fence.kind}, {fence.at}; canary writes {word}"
    say({"fence": dataclasses.asdict(fence)}, said, as_json=as_json)
