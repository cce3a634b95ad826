"""Sign-offs: who approved a phase, when, on which evidence. An append-only chain of hashes.

Each line of `signoffs.jsonl` holds the hash of the line before, so that no line can be changed,
moved or taken out of the middle unseen; signoff_head.py knows the last one, so that none is cut off
at the end. Holds no judgement of the evidence (gate.py has it).
"""

import dataclasses
import datetime
import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson

from moonlanding_assets.cutover.signoff_head import FIRST, Head, head_file, read_head, write_head
from moonlanding_assets.errors import SignOffRefused
from moonlanding_assets.load.files import sync
from moonlanding_assets.settings import SYSTEMS, Layout

AUTOMATIC = "demo (automatic)"  # signs invented data only
_LONGEST_NAME = 100


@dataclass(frozen=True, kw_only=True)
class Signature:
    """One line. `evidence`: the digest of the receipt that was signed; `hash`: over the rest."""

    number: int
    phase: str
    evidence: str
    by: str
    at: str
    previous: str
    hash: str


def sign(layout: Layout, *, phase: str, evidence: str, by: str) -> Signature:
    """Append a signature; raises SignOffRefused for a bad name or a log that was changed."""
    name = _checked_name(by)
    if name == AUTOMATIC:
        require_demo(layout)
    layout.data.mkdir(parents=True, exist_ok=True)
    with _locked(layout) as descriptor:
        before = read_signatures(layout)
        content: dict[str, Any] = {
            "number": len(before) + 1,
            "phase": phase,
            "evidence": evidence,
            "by": name,
            "at": datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds"),
            "previous": before[-1].hash if before else FIRST,
        }
        signature = Signature(**content, hash=_hash(content))
        begun = Head(number=len(before), hash=content["previous"], coming=signature.hash)
        write_head(layout, begun)
        line = orjson.dumps(dataclasses.asdict(signature), option=orjson.OPT_APPEND_NEWLINE)
        os.write(descriptor, line)
        os.fsync(descriptor)
        write_head(layout, Head(number=signature.number, hash=signature.hash))
    sync(layout.data)
    return signature


def read_signatures(layout: Layout) -> tuple[Signature, ...]:
    """Every line, the oldest first; raises SignOffRefused naming the first that was changed.

    Lines that are missing at the end are refused as well; a log that is not there has none.
    """
    while True:
        head = read_head(layout)
        if not layout.signoffs.is_file():
            return ()
        found = _lines(layout)
        if head == read_head(layout):  # else somebody signs at this moment
            break
    if head is None and found:
        raise _changed(layout, "signoffs.head, which knows its last line, is not there or damaged")
    if head is not None and not head.fits([one.hash for one in found]):
        raise _changed(layout, f"it has {len(found)} lines, and {head.number} were signed")
    return found


def valid_signature(layout: Layout, *, phase: str, evidence: str) -> Signature | None:
    """The last signature of exactly this evidence that counts; None without one.

    An automatic one counts for invented data only.
    """
    for signature in reversed(read_signatures(layout)):
        if (signature.phase, signature.evidence) == (phase, evidence) and (
            signature.by != AUTOMATIC or is_demo(layout)
        ):
            return signature
    return None


def believed_signature(layout: Layout, *, phase: str, evidence: str) -> Signature | None:
    """The same, and None as well when the log was changed; for pages, never for gates."""
    try:
        return valid_signature(layout, phase=phase, evidence=evidence)
    except SignOffRefused:
        return None


def is_demo(layout: Layout) -> bool:
    """Whether both snapshots were taken from the demo source's exports."""
    return all(_project(layout, system).startswith("demo-") for system in SYSTEMS)


def require_demo(layout: Layout) -> None:
    """Raise SignOffRefused unless both snapshots are of invented data."""
    if not is_demo(layout):
        raise SignOffRefused(
            f"the name {AUTOMATIC!r} signs invented data only, and the snapshots are of other "
            "data: a person has to sign (`moonlanding approve PHASE --by NAME`)"
        )


def _lines(layout: Layout) -> tuple[Signature, ...]:
    found: list[Signature] = []
    for number, line in enumerate(layout.signoffs.read_bytes().splitlines(), 1):
        signature = _parsed(line)
        previous = found[-1].hash if found else FIRST
        if signature is None or (signature.number, signature.previous) != (number, previous):
            raise _changed(layout, f"line {number} is not as it was written")
        found.append(signature)
    return tuple(found)


def _changed(layout: Layout, what: str) -> SignOffRefused:
    return SignOffRefused(
        f"{layout.signoffs}: {what}. Bring the file back from where it is kept, or move it away "
        "and sign again"
    )


def _project(layout: Layout, system: str) -> str:
    try:
        manifest = orjson.loads((layout.snapshot(system) / "manifest.json").read_bytes())
        return str(manifest["source"]["project"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _checked_name(by: str) -> str:
    name = by.strip()
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise SignOffRefused(
            f"a signature needs a name of 1 to {_LONGEST_NAME} printable characters: --by NAME"
        )
    return name


@contextmanager
def _locked(layout: Layout) -> Iterator[int]:
    """The log, opened for appending while nobody else signs; a new log has no head."""
    directory = os.open(layout.data, os.O_RDONLY)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX)
        if not layout.signoffs.exists():
            head_file(layout).unlink(missing_ok=True)
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT
        descriptor = os.open(layout.signoffs, flags, 0o600)
        try:
            yield descriptor
        finally:
            os.close(descriptor)
    finally:
        os.close(directory)


def _parsed(line: bytes) -> Signature | None:
    try:
        content = orjson.loads(line)
        signature = Signature(**content)
        content.pop("hash")
    except (ValueError, TypeError, KeyError):
        return None
    return signature if signature.hash == _hash(content) else None


def _hash(content: dict[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
