"""What the verbs of `cutover` print: steps as they are done, a record, how it stands.

Holds printing only.
"""

from typing import TYPE_CHECKING, Any

import click

from moonlanding_assets.settings import Settings

if TYPE_CHECKING:
    from moonlanding_assets.cutover.switch.record import SwitchRecord
    from moonlanding_assets.parallel.state.control_row import Row


def say_step(step: str) -> None:
    """On stderr."""
    from moonlanding_assets.cutover.switch.course import NUMBER

    click.echo(f"  {NUMBER[step]:2} of {len(NUMBER)}  {step}", err=True)


def say_waiting(said: str) -> None:
    """On stderr, at once: nothing is held yet."""
    click.echo(f"  {said}", err=True)


def remind_of_the_fence(settings: Settings) -> None:
    """On stderr, where the old systems take the writes and their own clients may be fenced."""
    from moonlanding_assets.cutover.switch.direct_fence import still_fenced
    from moonlanding_assets.parallel.state.control import Control

    row = Control(settings.layout.control).row()
    said = still_fenced(settings.layout)
    if said and row is not None and row.authority == "OLD":
        click.echo(said, err=True)


def say_record(record: "SwitchRecord", *, as_json: bool) -> None:
    """Its verdict and its figures."""
    if as_json:
        click.echo(record.to_json().decode(), nl=False)
        return
    hold = "" if record.hold_seconds is None else f"; writes were held {record.hold_seconds:.2f} s"
    click.echo(f"{record.kind} {record.verdict}: {record.said}{hold}")
    for name, figure in record.figures.items():
        shown = f"{figure:.3f}" if isinstance(figure, float) else figure
        click.echo(f"  {name} {shown}")


def standing_of(settings: Settings) -> tuple[dict[str, Any], list[str]]:
    """As content, and as lines."""
    from moonlanding_assets.cutover.switch.standing import lines, read_switch

    found = read_switch(settings.layout)
    return ({}, []) if found is None else (found.as_json(), list(lines(found)))


def row_content(row: "Row") -> dict[str, Any]:
    """The row as content."""
    return {"state": row.state, "epoch": row.epoch, "authority": row.authority}
