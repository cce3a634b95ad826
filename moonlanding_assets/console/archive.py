"""The verbs of `archive`: parsing, calling, printing. Holds no work of its own."""

import dataclasses
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from moonlanding_assets.console.saying import IN_JSON, say
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
@IN_JSON
@click.pass_obj
def make_verb(
    settings: Settings,
    is_live: bool,
    rules: tuple[Path, ...],
    no_rules: str,
    with_ledger: bool,
    as_json: bool,
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
    then = f"next: moonlanding archive restore {archive.manifest.number} --emulator HOST:PORT"
    say(_found(archive), *_lines(archive), then, as_json=as_json)


@archive_group.command("list")
@IN_JSON
@click.pass_obj
def list_verb(settings: Settings, as_json: bool) -> None:
    """Every archive: what it holds, whether it was restored, whether it is sealed."""
    from moonlanding_assets.cutover.archive.file import find_archives

    archives = find_archives(settings.layout)
    if as_json:
        click.echo(json.dumps([_found(one) for one in archives], indent=2))
        return
    for one in archives:
        click.echo("\n".join(_lines(one)))
    if not archives:
        click.echo("there is no archive yet: `moonlanding archive make`")


@archive_group.command("verify")
@_NUMBER
@IN_JSON
@click.pass_obj
def verify_verb(settings: Settings, number: int | None, as_json: bool) -> None:
    """Read every byte of an archive, and compare it with what its manifest says."""
    from moonlanding_assets.cutover.archive.file import find_archive, verify

    archive = find_archive(settings.layout, number)
    verify(archive)
    line = f"archive {archive.manifest.number}: {len(archive.manifest.members)} members as new"
    say(_found(archive), line, as_json=as_json)


@archive_group.command("restore")
@_NUMBER
@click.option("--emulator", required=True, metavar="HOST:PORT", help="An empty Firestore emulator.")
@IN_JSON
@click.pass_context
def restore_verb(context: click.Context, number: int | None, emulator: str, as_json: bool) -> None:
    """Restore an archive into an empty emulator, read it back, and compare every document."""
    from moonlanding_assets.console.work import session
    from moonlanding_assets.cutover.archive.file import find_archive
    from moonlanding_assets.cutover.archive.restoring import restore_and_compare

    settings: Settings = context.obj
    archive = find_archive(settings.layout, number)
    with session(settings) as work:
        done = restore_and_compare(archive, emulator, work=work.watch.work)
    lines = []
    for system, one in done.systems.items():
        differing = ", ".join(one.differing)
        said = f"other documents in {differing}" if differing else "every document is equal"
        lines.append(f"{system}: {one.documents:,} documents came back; {said}")
    if done.is_equal:
        lines.append(f"next: moonlanding archive seal {archive.manifest.number} --by NAME")
    say({**dataclasses.asdict(done), "is_equal": done.is_equal}, *lines, as_json=as_json)
    if not done.is_equal:
        context.exit(1)


@archive_group.command("seal")
@_NUMBER
@click.option("--by", required=True, help="Your name, kept with the seal.")
@IN_JSON
@click.pass_obj
def seal_verb(settings: Settings, number: int | None, by: str, as_json: bool) -> None:
    """Seal an archive that was restored and came back equal. There is no way back from it."""
    from moonlanding_assets.cutover.archive.file import find_archive
    from moonlanding_assets.cutover.archive.sealing import seal

    archive = find_archive(settings.layout, number)
    done = seal(settings.layout, archive, by=by)
    line = f"archive {archive.manifest.number} is sealed: {done.seal}"
    say({"number": archive.manifest.number, **dataclasses.asdict(done)}, line, as_json=as_json)


@archive_group.command("credentials")
@_NUMBER
@click.option("--revoked", is_flag=True, help="Keep that every one of them is revoked.")
@click.option("--by", default="", help="Your name, with --revoked.")
@IN_JSON
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
@IN_JSON
@click.pass_obj
def detach_verb(settings: Settings, number: int | None, yes: bool, as_json: bool) -> None:
    """Drop the migration_* tables of app.db, which a sealed archive keeps.

    Afterwards `prove`, `explain` and `ledger` have nothing to work on, and no document can be
    rebuilt from app.db alone: the archive has them.
    """
    from moonlanding_assets.cutover.archive.file import find_archive
    from moonlanding_assets.cutover.archive.sealing import detach_ledger

    archive = find_archive(settings.layout, number)
    if not yes:
        click.confirm("Drop the migration_* tables of app.db?", abort=True, err=as_json)
    freed = detach_ledger(settings.layout, archive)
    line = f"the migration_* tables are out of app.db, {freed:,} bytes less"
    say({"number": archive.manifest.number, "freed_bytes": freed}, line, as_json=as_json)


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


def _found(archive: "Archive") -> dict[str, Any]:
    """Everything about it, for programs."""
    from moonlanding_assets.cutover.archive.restoring import read_restoration
    from moonlanding_assets.cutover.archive.sealing import read_seal

    restored, sealed = read_restoration(archive), read_seal(archive)
    return {
        "directory": archive.directory.name,
        **dataclasses.asdict(archive.manifest),
        "restored": restored and dataclasses.asdict(restored),
        "sealed": sealed and dataclasses.asdict(sealed),
    }


def _lines(archive: "Archive") -> list[str]:
    from moonlanding_assets.cutover.archive.restoring import read_restoration
    from moonlanding_assets.cutover.archive.sealing import read_seal

    manifest, restored, sealed = archive.manifest, read_restoration(archive), read_seal(archive)
    documents = sum(one.documents for one in manifest.systems.values())
    line = (
        f"archive {manifest.number} of {manifest.made_at}: {documents:,} documents, "
        f"{archive.file.stat().st_size:,} bytes, seal {manifest.seal[:12]}"
    )
    if sealed is not None:
        return [line, f"  sealed by {sealed.by} at {sealed.at}"]
    if restored is not None:
        came = "equal" if restored.is_equal else "NOT equal"
        return [line, f"  restored at {restored.at}: {came}"]
    return [line, "  not restored yet: nobody may rely on it"]
