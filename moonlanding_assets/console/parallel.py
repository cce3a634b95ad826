"""The verbs `parallel begin` and `parallel status`: parsing, the evidence of S0, and printing.

Holds no rule about states (parallel/transitions.py) and no judgement of phase 3.7 (cutover/).
"""

import json
from typing import TYPE_CHECKING, Any

import click

from moonlanding_assets.settings import Layout, Settings

if TYPE_CHECKING:
    from moonlanding_assets.parallel.control_row import Row


@click.group("parallel")
def parallel_group() -> None:
    """Both systems alive: the state S0 to S11, and what the next one asks."""


@parallel_group.command("begin")
@click.option("--by", required=True, help="Your name, kept in the history of states.")
@click.pass_obj
def begin_verb(settings: Settings, by: str) -> None:
    """Write the first state, S0 LOADED.

    It asks that phase 3.7 passed 12 of 12 for the data as they are, and that somebody signed it.
    Nothing changes for anybody: reads and writes stay where they are.
    """
    from moonlanding_assets.parallel.control import Control

    Control(settings.layout.control).begin(evidence=_loaded(settings.layout), by=by)
    _say(settings.layout, as_json=False)


@parallel_group.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
@click.pass_obj
def status_verb(settings: Settings, as_json: bool) -> None:
    """Where reads and writes go now, and what may follow."""
    _say(settings.layout, as_json=as_json)


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


def _say(layout: Layout, *, as_json: bool) -> None:
    from moonlanding_assets.parallel.control import Control
    from moonlanding_assets.parallel.transitions import ways_on

    row = Control(layout.control).row() if layout.control.exists() else None
    if row is None:
        said = "parallel operation has not begun: `moonlanding parallel begin --by NAME`"
        click.echo("null" if as_json else said)
        return
    ways = ways_on(row.state, epoch=row.epoch, has_journal=bool(row.journal))
    asked = {one.target: [bound.says for bound in one.asks] for one in ways}
    if as_json:
        click.echo(json.dumps({**_described(row), "ways_on": asked}, indent=2))
        return
    click.echo("  ".join(f"{name} {value}" for name, value in _described(row).items()))
    for target, asks in asked.items():
        click.echo(f"{target} asks: {'; '.join(asks) or 'a reason'}")


def _described(row: "Row") -> dict[str, Any]:
    from moonlanding_assets.parallel.states import STATE

    state = STATE[row.state]
    return {
        "state": f"{row.state} {state.name}",
        "epoch": row.epoch,
        "reads": state.reads,
        "writes": state.writes,
        "sync": state.sync,
    }
