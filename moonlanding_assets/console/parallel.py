"""The group `parallel`: its verbs in order, and the first two, with the evidence of S0.

Holds no rule about states (parallel/state/transitions.py) and no judgement of phase 3.7 (cutover/).
"""

from typing import Any

import click

from moonlanding_assets.console.advancing import VERBS as STATE_VERBS
from moonlanding_assets.console.backward import VERBS as BACKWARD_VERBS
from moonlanding_assets.console.resolving import VERBS as RESOLVING_VERBS
from moonlanding_assets.console.saying import IN_JSON
from moonlanding_assets.console.standing import say_standing
from moonlanding_assets.console.sync import VERBS as SYNC_VERBS
from moonlanding_assets.settings import Layout, Settings


@click.group("parallel")
def parallel_group() -> None:
    """Both systems alive: the state S0 to S11, and what the next one asks."""


@parallel_group.command("begin")
@click.option("--by", required=True, help="Your name, kept in the history of states.")
@IN_JSON
@click.pass_obj
def begin_verb(settings: Settings, by: str, as_json: bool) -> None:
    """Write the first state, S0 LOADED.

    It asks that phase 3.7 passed 12 of 12 for the data as they are, and that somebody signed it.
    Nothing changes for anybody: reads and writes stay where they are.
    """
    from moonlanding_assets.parallel.state.control import Control

    Control(settings.layout.control).begin(evidence=_loaded(settings.layout), by=by)
    say_standing(settings.layout, as_json=as_json)


@parallel_group.command("status")
@IN_JSON
@click.pass_obj
def status_verb(settings: Settings, as_json: bool) -> None:
    """Where reads and writes go now, how the sync stands, what may follow and what is missing."""
    say_standing(settings.layout, as_json=as_json)


def _loaded(layout: Layout) -> dict[str, Any]:
    """The evidence of S0, from what phase 3.7 recorded."""
    from moonlanding_assets.cutover.gate import evidence_missing
    from moonlanding_assets.cutover.phases import BY_NUMBER
    from moonlanding_assets.cutover.receipt import PASSED, read_receipt
    from moonlanding_assets.cutover.signoff import valid_signature

    phase = BY_NUMBER["3.7"]
    receipt = read_receipt(layout, phase.number)
    if receipt is None:
        return {}
    signature = valid_signature(layout, phase=phase.number, evidence=receipt.evidence)
    return {
        "checks_passed": sum(verdict == PASSED for verdict in receipt.checks.values()),
        "is_stale": bool(evidence_missing(layout, phase)),
        "is_signed": signature is not None,
        "receipt": receipt.evidence,
        "signature": "" if signature is None else signature.hash,
    }


for verb in (*SYNC_VERBS, *STATE_VERBS, *RESOLVING_VERBS, *BACKWARD_VERBS):
    parallel_group.add_command(verb)
