"""The verbs of `archive`: parsing, calling, printing. Holds no work of its own."""

import dataclasses
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from moonlanding_assets.settings import SYSTEMS, Settings

if TYPE_CHECKING:
    from moonlanding_assets.console.work import Session
    from moonlanding_assets.cutover.archive.file import Archive

_NUMBER = click.argument("number", type=int, required=False)


@click.group("archive")
def archive_group() -> None:
    """The old systems, put away: made, restored into an emulator and compared, then sealed.

    \b
    moonlanding archive make --live --rules firestore.rules
    moonlanding archive restore --emulator 127.0.0.1:8080
    moonlanding archive seal --by "A. Engineer"

    NUMBER is that of `archive list`; without one the newest is meant.
    """


@archive_group.command("make")
@click.option("--live", "is_live", is_flag=True, help="Read both systems now. [default: snapshot]")
@click.option(
    "--rules",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Security rules, indexes of the old systems; may be given more than once.",
)
@click.option("--no-rules", default="", metavar="REASON", help="Why there are none to keep.")
@click.option("--with-ledger", is_flag=True, help="Keep the migration_* tables of app.db as well.")
@click.pass_obj
def make_verb(
    settings: Settings, is_live: bool, rules: tuple[Path, ...], no_rules: str, with_ledger: bool
) -> None:
    """Make an archive: snapshots of both systems, rules, records, credentials to revoke.

    Without --live it holds the snapshot that the migration was made from. Every byte of it is read
    again before it gets its number. It is no archive yet in anybody's eyes: restore it next.
    """
    from moonlanding_assets.console.work import session
    from moonlanding_assets.cutover.archive.making import Contents, make_archive

    with session(settings) as work, _snapshots(work, is_live=is_live) as snapshots:
        contents = Contents(
            snapshots=snapshots,
            rules=rules,
            no_rules=no_rules,
            is_with_ledger=with_ledger,
            is_live=is_live,
        )
        with work.watch.work("archive") as progress:
            archive = make_archive(settings.layout, contents, progress=progress)
    _say(archive)
    click.echo(f"next: moonlanding archive restore {archive.manifest.number} --emulator HOST:PORT")


@archive_group.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
@click.pass_obj
def list_verb(settings: Settings, as_json: bool) -> None:
    """Every archive: what it holds, whether it was restored, whether it is sealed."""
    from moonlanding_assets.cutover.archive.file import find_archives
    from moonlanding_assets.cutover.archive.restoring import read_restoration
    from moonlanding_assets.cutover.archive.sealing import read_seal

    archives = find_archives(settings.layout)
    if as_json:
        said = [
            {
                "directory": one.directory.name,
                **dataclasses.asdict(one.manifest),
                "restored": (done := read_restoration(one)) and dataclasses.asdict(done),
                "sealed": (mark := read_seal(one)) and dataclasses.asdict(mark),
            }
            for one in archives
        ]
        click.echo(json.dumps(said, indent=2))
        return
    for one in archives:
        _say(one)
    if not archives:
        click.echo("there is no archive yet: `moonlanding archive make`")


@archive_group.command("verify")
@_NUMBER
@click.pass_obj
def verify_verb(settings: Settings, number: int | None) -> None:
    """Read every byte of an archive, and compare it with what its manifest says."""
    from moonlanding_assets.cutover.archive.file import find_archive, verify

    archive = find_archive(settings.layout, number)
    verify(archive)
    click.echo(f"archive {archive.manifest.number}: {len(archive.manifest.members)} members as new")


@archive_group.command("restore")
@_NUMBER
@click.option("--emulator", required=True, metavar="HOST:PORT", help="An empty Firestore emulator.")
@click.pass_context
def restore_verb(context: click.Context, number: int | None, emulator: str) -> None:
    """Restore an archive into an empty emulator, read it back, and compare every document."""
    from moonlanding_assets.console.work import session
    from moonlanding_assets.cutover.archive.file import find_archive
    from moonlanding_assets.cutover.archive.restoring import restore_and_compare

    settings: Settings = context.obj
    archive = find_archive(settings.layout, number)
    with session(settings) as work:
        done = restore_and_compare(archive, emulator, work=work.watch.work)
    for system, one in done.systems.items():
        differing = ", ".join(one.differing)
        said = f"other documents in {differing}" if differing else "every document is equal"
        click.echo(f"{system}: {one.documents:,} documents came back; {said}")
    if not done.is_equal:
        context.exit(1)
    click.echo(f"next: moonlanding archive seal {archive.manifest.number} --by NAME")


@archive_group.command("seal")
@_NUMBER
@click.option("--by", required=True, help="Your name, kept with the seal.")
@click.pass_obj
def seal_verb(settings: Settings, number: int | None, by: str) -> None:
    """Seal an archive that was restored and came back equal. There is no way back from it."""
    from moonlanding_assets.cutover.archive.file import find_archive
    from moonlanding_assets.cutover.archive.sealing import seal

    archive = find_archive(settings.layout, number)
    done = seal(settings.layout, archive, by=by)
    click.echo(f"archive {archive.manifest.number} is sealed: {done.seal}")


@archive_group.command("credentials")
@_NUMBER
@click.option("--revoked", is_flag=True, help="Keep that every one of them is revoked.")
@click.option("--by", default="", help="Your name, with --revoked.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
@click.pass_obj
def credentials_verb(
    settings: Settings, number: int | None, revoked: bool, by: str, as_json: bool
) -> None:
    """Which credentials of the old systems are to be revoked (not deleted), and who says they are.

    It is a person's word: this program has no right to try them.
    """
    from moonlanding_assets.cutover.archive.credentials import credentials_of, note_revoked
    from moonlanding_assets.cutover.archive.file import find_archive

    archive = find_archive(settings.layout, number)
    found = note_revoked(archive, by=by) if revoked else credentials_of(archive)
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(found), indent=2))
        return
    for line in found.lines:
        click.echo(f"[{'x' if found.revoked_by else ' '}] {line}")
    if found.revoked_by:
        click.echo(f"revoked, says {found.revoked_by}, {found.revoked_at}")
    else:
        click.echo("when all are: moonlanding archive credentials --revoked --by NAME")


@archive_group.command("detach-ledger")
@_NUMBER
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def detach_verb(settings: Settings, number: int | None, yes: bool) -> None:
    """Drop the migration_* tables of app.db, which a sealed archive keeps.

    Afterwards `prove`, `explain` and `ledger` have nothing to work on, and no document can be
    rebuilt from app.db alone: the archive has them.
    """
    from moonlanding_assets.cutover.archive.file import find_archive
    from moonlanding_assets.cutover.archive.sealing import detach_ledger

    archive = find_archive(settings.layout, number)
    if not yes:
        click.confirm("Drop the migration_* tables of app.db?", abort=True)
    freed = detach_ledger(settings.layout, archive)
    click.echo(f"the migration_* tables are out of app.db, {freed:,} bytes less")


@contextmanager
def _snapshots(work: "Session", *, is_live: bool) -> Iterator[Path]:
    """The directory of the snapshots to archive; those read live are gone afterwards."""
    from moonlanding_assets.cutover.archive.making import read_live_snapshots

    layout = work.settings.layout
    if not is_live:
        yield layout.snapshot(SYSTEMS[0]).parent
        return
    layout.archives.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=layout.archives, prefix=".live-") as room:
        read_live_snapshots(work.settings.live, Path(room), work=work.watch.work)
        yield Path(room)


def _say(archive: "Archive") -> None:
    from moonlanding_assets.cutover.archive.restoring import read_restoration
    from moonlanding_assets.cutover.archive.sealing import read_seal

    manifest, restored, sealed = archive.manifest, read_restoration(archive), read_seal(archive)
    documents = sum(one.documents for one in manifest.systems.values())
    click.echo(
        f"archive {manifest.number} of {manifest.made_at}: {documents:,} documents, "
        f"{archive.file.stat().st_size:,} bytes, seal {manifest.seal[:12]}"
    )
    if sealed is not None:
        click.echo(f"  sealed by {sealed.by} at {sealed.at}")
    elif restored is not None:
        click.echo(f"  restored at {restored.at}: {'equal' if restored.is_equal else 'NOT equal'}")
    else:
        click.echo("  not restored yet: nobody may rely on it")
