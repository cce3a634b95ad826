"""How parallel operation stands, printed: by `parallel status`, and below `status`.

Holds printing; what is printed is parallel/state/standing.py's.
"""

import json
from typing import TYPE_CHECKING, Any

import click

from moonlanding_assets.settings import Layout

if TYPE_CHECKING:
    from moonlanding_assets.parallel.state.standing import Standing

NOT_BEGUN = "parallel operation has not begun: `moonlanding parallel begin --by NAME`"
#: Shown where they are known, in this order, after what the states ask.
FIGURES = (
    "unreconciled_events", "quarantined", "conflicts", "undeclared", "drift", "clean_sweep_orders",
    "reverse_path_proved", "reverse_path_echoes", "shadow_compared", "shadow_mismatches",
)  # fmt: skip


def say_standing(layout: Layout, *, as_json: bool) -> None:
    """Print it."""
    from moonlanding_assets.cutover.switch.signing import is_signed
    from moonlanding_assets.parallel.state.standing import read_standing

    standing = read_standing(layout, signed=is_signed)
    if standing is None:
        click.echo("null" if as_json else NOT_BEGUN)
    elif as_json:
        click.echo(json.dumps(standing.as_json(), indent=2))
    else:
        click.echo("\n".join(lines(standing)))


def lines(standing: "Standing") -> list[str]:
    """The screen."""
    from moonlanding_assets.parallel.state.standing import BYPASS, described

    row = described(standing.row)
    share = f" ({standing.percent}% of the users)" if standing.row.state == "S4" else ""
    said = ["  ".join(f"{name} {value}" for name, value in row.items()) + share]
    if standing.is_followed:
        said.append("phases 3.6 and 3.7 judged the database of before; it has moved on since")
    said += _service(standing)
    known = [
        f"{name} {_shown(standing.figures[name])}" for name in FIGURES if name in standing.figures
    ]
    if known:
        said.append("measured: " + ", ".join(known))
    for way in standing.ways:
        said.append(f"{way.target} asks: {'; '.join(way.asks) or 'a reason'}")
        said += [f"  missing: {one.what}  ->  {one.command}" for one in way.lacks if one.command]
    command, because = standing.next_step
    if not command:
        return [*said, because]
    return [*said, f"next: {command}  ({because})", f"note: {BYPASS}"]


def _service(standing: "Standing") -> list[str]:
    said = standing.said
    if standing.process is None:
        ended = f", last heard of {said['at']}" if said else ""
        why = f": {said['problem']}" if said.get("problem") else ""
        return [f"sync: not running{ended}{why}"]
    lag = said.get("lag_seconds")
    behind = "not in step yet" if lag is None else f"{lag:.1f} s behind"
    held = f", less than 2 s for {said['lag_held_seconds']:.0f} s" if lag is not None else ""
    found = [f"sync: process {standing.process}, {said.get('doing')}, {behind}{held}"]
    if said.get("problem"):
        found.append(f"  in the way: {said['problem']}")
    sweep = said.get("last_sweep")
    if sweep is not None:
        found.append(f"  rows compared at {sweep['at']}: {sweep['found']} differed")
    return found


def _shown(figure: Any) -> str:
    return str(figure).lower() if isinstance(figure, bool) else str(figure)
