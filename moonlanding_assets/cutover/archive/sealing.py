"""The seal of an archive, and what may be done once it is there.

An archive is sealed only after it was restored and compared. Holds the note of the seal and the
evidence that the states ask for. Undo of a seal: none, that is its point; make another archive.
"""

import dataclasses
import datetime
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from moonlanding_assets.cutover.archive.credentials import credentials_of
from moonlanding_assets.cutover.archive.file import LEDGER, Archive, find_archives, verify
from moonlanding_assets.cutover.archive.restoring import read_restoration
from moonlanding_assets.errors import ArchiveRefused
from moonlanding_assets.load.detaching import drop_ledger, ledger_digests
from moonlanding_assets.load.files import put_in_place
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.parallel.state.control_row import Row
from moonlanding_assets.settings import Layout

SEALED = "sealed.json"


@dataclass(frozen=True, kw_only=True)
class Sealed:
    """Who sealed which archive, and when."""

    seal: str
    by: str
    at: str


def seal(layout: Layout, archive: Archive, *, by: str) -> Sealed:
    """Seal the archive; raises ArchiveRefused where it was not restored, or came back another.

    Sealing ends the ways back, so once both systems live it belongs into S10 and nowhere earlier.
    """
    if not by.strip():
        raise ArchiveRefused("sealing needs a name: --by NAME")
    verify(archive)
    number, restored = archive.manifest.number, read_restoration(archive)
    if restored is None:
        raise ArchiveRefused(
            f"archive {number} was not restored yet, so nobody knows whether it can be: "
            f"`moonlanding archive restore {number} --emulator HOST:PORT`"
        )
    if not restored.is_equal:
        names = [name for one in restored.systems.values() for name in one.differing]
        raise ArchiveRefused(
            f"archive {number} came back with other documents in {', '.join(names[:5])}: "
            "make another one"
        )
    before = read_seal(archive)
    if before is not None:
        return before
    _require_completing(layout)
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    done = Sealed(seal=archive.manifest.seal, by=by.strip(), at=now)
    text = orjson.dumps(dataclasses.asdict(done), option=orjson.OPT_INDENT_2)
    put_in_place(archive.directory / SEALED, text + b"\n").chmod(0o400)
    return done


def read_seal(archive: Archive) -> Sealed | None:
    """The seal of this very archive; None where it has none."""
    try:
        found = Sealed(**orjson.loads((archive.directory / SEALED).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
    return found if found.seal == archive.manifest.seal else None


def archive_evidence(layout: Layout) -> dict[str, Any]:
    """What the states ask of the newest archive.

    Without one only that none is sealed; what nobody has said or tried is left out.
    """
    archives = find_archives(layout)
    if not archives:
        return {"archive_sealed": False}
    newest = archives[-1]
    restored, credentials = read_restoration(newest), credentials_of(newest)
    found: dict[str, Any] = {
        "archive": newest.manifest.seal,
        "archive_of_this_soak": _is_of_this_soak(layout, newest),
        "archive_sealed": read_seal(newest) is not None,
    }
    if restored is not None:
        found["archive_restored_equal"] = restored.is_equal
    if credentials.revoked_by:
        found |= {"credentials_revoked": True, "revoked_by": credentials.revoked_by}
    return found


def detach_ledger(layout: Layout, archive: Archive) -> int:
    """Drop the migration_* tables, which the sealed archive holds; bytes that app.db lost.

    Raises ArchiveRefused, TargetRefused, TargetBusy; the database is as it was then.
    """
    number = archive.manifest.number
    if LEDGER not in archive.manifest.members:
        raise ArchiveRefused(
            f"archive {number} does not hold the migration_* tables: make one that does with "
            "`moonlanding archive make --with-ledger`"
        )
    if read_seal(archive) is None:
        raise ArchiveRefused(
            f"archive {number} is not sealed: `moonlanding archive seal {number} --by NAME`"
        )
    _require_left(layout)
    verify(archive)
    with tempfile.TemporaryDirectory(dir=archive.directory) as room, archive.opened() as opened:
        ledger = Path(opened.extract(LEDGER, room))
        return drop_ledger(layout.database("100%"), ledger_digests(ledger))


def _row(layout: Layout) -> Row | None:
    return Control(layout.control).row() if layout.control.is_file() else None


def _is_of_this_soak(layout: Layout, archive: Archive) -> bool:
    """Whether both systems were read for it after the switch of the present epoch."""
    row, manifest = _row(layout), archive.manifest
    is_here = row is not None and manifest.epoch == row.epoch
    return manifest.is_live and is_here and manifest.state in ("S9", "S10")


def _require_completing(layout: Layout) -> None:
    row = _row(layout)
    if row is not None and row.state not in ("S10", "S11"):
        raise ArchiveRefused(
            f"the state is {row.state}: a seal ends the ways back, so it comes in S10. First "
            "`moonlanding approve 3.10 --by NAME`, then `moonlanding cutover complete --by NAME`"
        )


def _require_left(layout: Layout) -> None:
    """The sync and the gateway read documents through the ledger until the very end."""
    row = _row(layout)
    if row is not None and row.state != "S11":
        raise ArchiveRefused(
            f"the state is {row.state}: sync and gateway still need the migration_* tables. They "
            "can be detached in S11: `moonlanding status` says what is left until then"
        )
