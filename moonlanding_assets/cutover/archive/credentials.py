"""Which credentials of the old systems are to be revoked once they are left.

From the contract and the snapshots' manifests: what could read or write the old projects, and the
secrets that lie in them. Holds names of places and counts; no secret was ever read.
"""

from collections.abc import Iterator, Mapping

from moonlanding_assets.source.snapshot import Snapshot

_HEAD = """# Credentials to revoke

Revoked, not deleted: keep each for as long as the firm's rules ask, so that the way back through
the archive stays open. The migration never read a secret; these are the places where they lie.

"""


def credentials_page(snapshots: Mapping[str, Snapshot]) -> str:
    """The list as Markdown, a line for each credential, in the order in which to go through it."""
    lines = [line for system in snapshots for line in _lines(system, snapshots[system])]
    return _HEAD + "".join(f"- [ ] {line}\n" for line in lines)


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
