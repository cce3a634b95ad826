"""The verbs backup, backups and restore: parsing and printing.

Holds no work: that is in cutover/preparing.py and load/.
"""

import dataclasses
import json
from typing import TYPE_CHECKING

import click

from moonlanding_assets.settings import Settings

if TYPE_CHECKING:
    from moonlanding_assets.load.backup_manifest import Backup

PHASES = ("3.4", "3.5", "3.6", "3.7")  # as cutover/phases.py declares them; a test compares
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")


@click.command("backup")
@click.option("--phase", type=click.Choice(PHASES), default="3.6", show_default=True)
@as_json
@click.pass_obj
def backup_verb(settings: Settings, phase: str, as_json: bool) -> None:
    """Back up the databases of a phase now.

    Each phase does this by itself before it writes. The copy is verified before it gets its name.
    """
    from moonlanding_assets.cutover.phases import BY_NUMBER
    from moonlanding_assets.cutover.preparing import back_up
    from moonlanding_assets.load.publish import Lease

    settings.data.mkdir(parents=True, exist_ok=True)
    with Lease(settings.layout.migration):
        taken = back_up(settings.layout, BY_NUMBER[phase])
    if as_json:
        click.echo(json.dumps([_shown(one) for one in taken], indent=2))
    else:
        for one in taken:
            click.echo(f"{one.directory}: {_said(one)}")


@click.command("backups")
@as_json
@click.pass_obj
def backups_verb(settings: Settings, as_json: bool) -> None:
    """The backups there are, the oldest first."""
    from moonlanding_assets.load.backup_manifest import damaged_backups, find_backups

    found, damaged = find_backups(settings.layout), damaged_backups(settings.layout)
    if as_json:
        listed = [_shown(one) for one in found]
        click.echo(json.dumps({"backups": listed, "damaged": list(damaged)}, indent=2))
        return
    for one in found:
        click.echo(f"{one.name}  {_said(one)}")
    for name in damaged:
        click.echo(f"{name}  damaged: it cannot be restored")
    if not found and not damaged:
        click.echo("no backup yet: each phase takes one before it writes")


@click.command("restore")
@click.argument("backup", required=False)
@click.option("--phase", type=click.Choice(PHASES), help="Its last backup, of its own database.")
@as_json
@click.pass_obj
def restore_verb(settings: Settings, backup: str | None, phase: str | None, as_json: bool) -> None:
    """Go back to a BACKUP, or to the last one before a phase.

    Every byte is verified before the database is replaced in one step; readers are not disturbed.
    Where there was no database, the file is removed.
    """
    from moonlanding_assets.cutover.phases import BY_NUMBER
    from moonlanding_assets.load.publish import Lease
    from moonlanding_assets.load.restore import choose_backup, newest_of_phase, restore

    if (backup is None) == (phase is None):
        raise click.UsageError("name a backup (`moonlanding backups` lists them) or a --phase")
    layout = settings.layout
    settings.data.mkdir(parents=True, exist_ok=True)
    with Lease(settings.layout.migration):
        if phase is not None:
            chosen = newest_of_phase(layout, phase, BY_NUMBER[phase].fraction)
        else:
            chosen = choose_backup(layout, str(backup))
        done = restore(layout, chosen)
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(done), indent=2))
        return
    what = f"digest {done.logical_digest[:16]}" if done.sha256 else "there was none: removed"
    click.echo(f"{done.database}: {what}, back in {done.seconds:.2f} s from {done.backup}")
    if done.set_aside:
        click.echo(f"the old file could not be read: it is kept as {done.set_aside}")


def _shown(backup: "Backup") -> dict[str, object]:
    return {"name": backup.name, **dataclasses.asdict(backup.manifest)}


def _said(backup: "Backup") -> str:
    manifest = backup.manifest
    if manifest.kind == "none":
        return f"{manifest.source}: there was no database"
    rows = sum(manifest.rows.values())
    return f"{manifest.source}: {rows:,} rows, {manifest.size_bytes / 1e6:,.1f} MB"


VERBS = (backup_verb, restore_verb, backups_verb)
