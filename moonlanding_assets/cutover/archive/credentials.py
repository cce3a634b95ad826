"""Which credentials of the old systems are to be revoked once they are left, and who says they are.

From the contract and the snapshots' manifests: what could read or write the old projects, and the
secrets that lie in them. Holds names of places and counts; no secret was ever read. That something
was revoked is a person's word: nothing here has the right to try.
"""

import dataclasses
import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import orjson

from moonlanding_assets.cutover.archive.file import Archive
from moonlanding_assets.errors import ArchiveRefused
from moonlanding_assets.load.files import put_in_place
from moonlanding_assets.source.snapshot import Snapshot

MEMBER, REVOKED = "credentials-to-revoke.md", "revoked.json"
_BOX = "- [ ] "
_HEAD = """# Credentials to revoke

Revoked, not deleted: keep each for as long as the firm's rules ask, so that the way back through
the archive stays open. The migration never read a secret; these are the places where they lie.

"""


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """The list of an archive. revoked_by: who says that every line of it is done, "" nobody."""

    lines: tuple[str, ...]
    revoked_by: str = ""
    revoked_at: str = ""


def credentials_page(snapshots: Mapping[str, Snapshot]) -> str:
    """The list as Markdown, a line for each credential, in the order in which to go through it."""
    lines = [line for system in snapshots for line in _lines(system, snapshots[system])]
    return _HEAD + "".join(f"{_BOX}{line}\n" for line in lines)


def credentials_of(archive: Archive) -> Credentials:
    """The list that lies in the archive, and who says that it is done."""
    with archive.opened() as opened:
        page = opened.read(MEMBER).decode()
    lines = [one.removeprefix(_BOX) for one in page.splitlines() if one.startswith(_BOX)]
    try:
        noted = orjson.loads((archive.directory / REVOKED).read_bytes())
        is_of_it = noted.pop("seal") == archive.manifest.seal
        return Credentials(lines=tuple(lines), **(noted if is_of_it else {}))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Credentials(lines=tuple(lines))


def note_revoked(archive: Archive, *, by: str) -> Credentials:
    """Keep that every credential of the list is revoked; raises ArchiveRefused without a name."""
    if not by.strip():
        raise ArchiveRefused("revoking needs a name: --by NAME")
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    found = dataclasses.replace(credentials_of(archive), revoked_by=by.strip(), revoked_at=now)
    noted = {
        "seal": archive.manifest.seal,
        "revoked_by": found.revoked_by,
        "revoked_at": found.revoked_at,
    }
    text = orjson.dumps(noted, option=orjson.OPT_INDENT_2)
    put_in_place(archive.directory / REVOKED, text + b"\n")
    return found


def _lines(system: str, snapshot: Snapshot) -> Iterator[str]:
    origin, withheld = snapshot.manifest.source, snapshot.manifest.withheld
    place = f"project `{origin.project}`, database `{origin.database}`"
    yield f"{system}: every key of the service accounts of {place} that applications write with"
    yield f"{system}: the identity that read {place} for the migration"
    yield f"{system}: the identity that carried changes back into {place}"
    yield f"{system}: web and mobile API keys of project `{origin.project}`"
    for key, documents in sorted(withheld.collections.items()):
        yield f"{system}: the secrets in `{key}` ({documents} documents)"
    for field, documents in sorted(withheld.fields.items()):
        yield f"{system}: the secrets in `{field}` ({documents} documents)"
    if withheld.url_queries:
        yield f"{system}: signed links ({withheld.url_queries} were cut from the snapshot)"
