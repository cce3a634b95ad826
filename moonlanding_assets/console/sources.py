"""The verbs `demo-data` and `snapshot`: where documents come from.

Holds parsing and printing; what is done is in work.py and below.
"""

import dataclasses
import json
from pathlib import Path
from typing import Any

import click

from moonlanding_assets.errors import SettingsError
from moonlanding_assets.settings import SOURCES, SYSTEMS, Settings

_GIVEN_WITHOUT_HOST = "$FIRESTORE_EMULATOR_HOST"


@click.command("demo-data")
@click.option("--scale", default="staging", show_default=True, help="staging, full, or a number.")
@click.option("--seed", default=1, show_default=True, help="Same seed, same bytes.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="[default: data/demo]"
)
@click.option(
    "--load-emulator",
    "emulator",
    metavar="[HOST:PORT]",
    is_flag=False,
    flag_value=_GIVEN_WITHOUT_HOST,
    default="",
    help=f"Fill a Firestore emulator with them as well. [{_GIVEN_WITHOUT_HOST} without a value]",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
@click.pass_obj
def demo_data(
    settings: Settings, scale: str, seed: int, out: Path | None, emulator: str, as_json: bool
) -> None:
    """Write managed exports of two invented firms.

    staging: 8,770 friday and 7,965 mwr documents. full: 180,000 and 50,000. A number: so many in
    all, from 400 on. In an emulator they are the projects demo-friday and demo-mwr, in place of
    what these held.
    """
    from moonlanding_assets.console.work import fill_emulator, make_demo_data, session

    address = settings.live.emulator if emulator == _GIVEN_WITHOUT_HOST else emulator
    if emulator and not address:
        raise SettingsError("--load-emulator needs HOST:PORT, or FIRESTORE_EMULATOR_HOST")
    target = (out or settings.data / "demo").absolute()
    with session(settings) as work:
        counts = make_demo_data(work, scale=scale, seed=seed, out=target)
        loaded = fill_emulator(work, target, address) if address else {}
    if as_json:
        said: dict[str, Any] = {"directory": str(target), "documents": counts}
        click.echo(json.dumps(said | ({"emulator": loaded} if loaded else {}), indent=2))
        return
    for system, count in counts.items():
        click.echo(f"{target / system}: {count:,} documents")
    for project, count in loaded.items():
        click.echo(f"emulator {address}, project {project}: {count:,} documents")


@click.command()
@click.option("--source", type=click.Choice(SOURCES), help="Exports, or live Firestore.")
@click.option("--friday-export", type=click.Path(path_type=Path), help="[default: the demo's]")
@click.option("--mwr-export", type=click.Path(path_type=Path), help="[default: the demo's]")
@click.option("--friday-project", help="Live: the project of friday.")
@click.option("--mwr-project", help="Live: the project of mwr.")
@click.option("--database", help="Live: of both projects. [default: (default)]")
@click.option("--read-time", help="Live: 2026-02-05T07:00:00Z. [default: the server's now]")
@click.option("--page-size", type=int, help="Live: documents a page. [default: 1000]")
@click.option("--parallel", type=int, help="Live: pages at once. [default: 4]")
@click.option("--max-reads-per-second", type=int, help="Live: on average. [default: no limit]")
@click.option("--start-over", is_flag=True, help="Live: do not go on with a stopped run.")
@click.option(
    "--target", type=click.Path(path_type=Path), help="Production database. [default: data/app.db]"
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
@click.pass_obj
def snapshot(
    settings: Settings, /, source: str | None, start_over: bool, as_json: bool, **given: Any
) -> None:
    """Read both systems into the snapshot, and copy the target.

    From managed exports: an export is the directory that `gcloud firestore export` writes; it
    holds a file NAME.overall_export_metadata, or has it one level below. Or from live Firestore,
    both systems at one read time, by Application Default Credentials that need to read only; with
    FIRESTORE_EMULATOR_HOST from an emulator. A live run that was stopped is gone on with.

    The target is copied as it is before the migration, if there is one: its rows stay as they are.
    """
    from moonlanding_assets.console.work import forget_live, session, take_snapshot

    chosen = _chosen(settings, source, given)
    with session(chosen) as work:
        if start_over:
            forget_live(work)
        take_snapshot(work)
    _say_snapshots(chosen, as_json=as_json)


def _say_snapshots(settings: Settings, *, as_json: bool) -> None:
    from moonlanding_assets.source.snapshot import Snapshot

    taken = []
    for system in SYSTEMS:
        manifest = Snapshot.open(settings.layout.snapshot(system), with_contents=False).manifest
        taken.append(
            {
                "system": system,
                "read_from": f"{manifest.source.kind}: project {manifest.source.project}",
                "snapshot_time": manifest.snapshot_time,
                "documents": manifest.documents,
                "collections": len(manifest.collections),
                "unknown_collections": list(manifest.unknown),
                "digest": manifest.digest,
            }
        )
    if as_json:
        click.echo(json.dumps(taken, indent=2))
        return
    for one in taken:
        click.echo(
            f"snapshot of {one['system']}: {one['documents']:,} documents of {one['read_from']}, "
            f"{one['snapshot_time']}, digest {str(one['digest'])[:16]}"
        )


def _chosen(settings: Settings, source: str | None, given: dict[str, Any]) -> Settings:
    paths = {name: given.pop(name) for name in ("friday_export", "mwr_export", "target")}
    live = {name: value for name, value in given.items() if value is not None}
    is_live = settings.is_live if source is None else source == "live"
    if live and not is_live:
        name = next(iter(live)).replace("_", "-")
        raise SettingsError(f"--{name} is for reading live: add --source live")
    return dataclasses.replace(
        settings,
        is_live=is_live,
        live=dataclasses.replace(settings.live, **live),
        **{name: path.absolute() for name, path in paths.items() if path is not None},
    )
