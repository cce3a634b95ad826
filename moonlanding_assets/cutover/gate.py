"""May a phase begin: decided from recorded verdicts, receipts and signatures, all of this data.

Nothing is compared or counted again here. What is missing, stale or of other data shuts the gate,
and the answer names it and the command that makes it.
"""

from dataclasses import dataclass

from moonlanding_assets.cutover.phases import BY_NUMBER, Phase, phase_that_writes
from moonlanding_assets.cutover.receipt import PASSED, Receipt, has_receipt_file, read_receipt
from moonlanding_assets.cutover.recorded import Recorded, recorded_of
from moonlanding_assets.cutover.signoff import Signature, read_signatures, valid_signature
from moonlanding_assets.errors import GateClosed, LoadError, SignOffRefused, SourceError
from moonlanding_assets.load.before import open_before
from moonlanding_assets.load.files import size_bytes
from moonlanding_assets.settings import SYSTEMS, Layout
from moonlanding_assets.source.collection_file import file_sha256
from moonlanding_assets.source.snapshot import Snapshot

TARGET = "moonlanding"  # the snapshot of the target as it was before


@dataclass(frozen=True, kw_only=True)
class Missing:
    """One thing that keeps a gate shut, and the command that would open it."""

    what: str
    command: str


@dataclass(frozen=True, kw_only=True)
class Gate:
    """Whether a phase may begin; `signature` is the one that was asked for, when there is."""

    phase: str
    missing: tuple[Missing, ...]
    signature: Signature | None = None

    @property
    def is_open(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing


def look_at(layout: Layout, phase: Phase) -> Gate:
    """The gate before a phase."""
    missing = _snapshots_missing(layout)
    if missing or not phase.requires:
        return Gate(phase=phase.number, missing=missing)
    before = BY_NUMBER[phase.requires]
    receipt = read_receipt(layout, before.number)
    missing = evidence_missing(layout, before)
    if missing or receipt is None or not phase.needs_signature:
        return Gate(phase=phase.number, missing=missing)
    signature, unsigned = _signature(layout, receipt)
    return Gate(phase=phase.number, missing=unsigned, signature=signature)


def require_open(layout: Layout, phase: Phase) -> Gate:
    """The gate before a phase, open; raises GateClosed with all that is missing."""
    gate = look_at(layout, phase)
    if not gate.is_open:
        listed = "; ".join(f"{one.what} (`{one.command}`)" for one in gate.missing)
        raise GateClosed(f"the gate of phase {phase.number} is shut: {listed}")
    return gate


def require_open_for(layout: Layout, fraction: str) -> Gate:
    """The gate before the phase that makes a fraction's database."""
    return require_open(layout, phase_that_writes(fraction))


def evidence_missing(layout: Layout, phase: Phase) -> tuple[Missing, ...]:
    """Why the phase does not count as passed for the data as they are; nothing when it does."""
    command = f"moonlanding run {phase.number}"
    receipt = read_receipt(layout, phase.number)
    if receipt is None:
        what = "was changed" if has_receipt_file(layout, phase.number) else "is missing"
        said = f"the receipt of phase {phase.number} {what}"
        return (Missing(what=said, command=command),)
    if receipt.verdict != PASSED:
        failed = ", ".join(name for name, verdict in receipt.checks.items() if verdict != PASSED)
        said = f"phase {phase.number} did not pass{f': {failed}' if failed else ''}"
        return (Missing(what=said, command=command),)
    try:
        reasons = [*_foreign(layout, phase, receipt), *_stale(layout, phase, receipt)]
    except (SourceError, LoadError) as error:
        reasons = [str(error)]
    return tuple(Missing(what=reason, command=command) for reason in reasons)


def snapshot_digests(layout: Layout) -> dict[str, str]:
    """Each snapshot's digest, the target's too; raises SnapshotError when one is not whole."""
    found = {system: Snapshot.open(layout.snapshot(system)).digest for system in SYSTEMS}
    return {**found, TARGET: open_before(layout.snapshot(TARGET)).digest}


def _snapshots_missing(layout: Layout) -> tuple[Missing, ...]:
    try:
        snapshot_digests(layout)
    except SourceError as error:
        return (Missing(what=str(error), command="moonlanding snapshot"),)
    return ()


def _foreign(layout: Layout, phase: Phase, receipt: Receipt) -> list[str]:
    found = snapshot_digests(layout)
    return [
        f"phase {phase.number} was about another snapshot of {name}"
        for name, digest in found.items()
        if receipt.snapshots.get(name) != digest
    ]


def _stale(layout: Layout, phase: Phase, receipt: Receipt) -> list[str]:
    database = layout.database(phase.fraction)
    if not database.is_file():
        return [f"the database of phase {phase.number} is gone"]
    if size_bytes(database) > database.stat().st_size:  # writes that wait in a -wal
        return [f"somebody has written beside the database of phase {phase.number}"]
    if file_sha256(database) != receipt.database_sha256:
        return [f"the database of phase {phase.number} has changed since"]
    checks = {one.name: one for one in recorded_of(layout, phase)}
    if set(checks) != set(receipt.reports):
        return [f"reports of phase {phase.number} are missing"]
    return [
        f"the report {name} of phase {phase.number} {_said(checks[name], digest)}"
        for name, digest in receipt.reports.items()
        if _said(checks[name], digest)
    ]


def _said(check: Recorded, digest: str) -> str:
    if not check.is_pass:
        return f"is {check.verdict}"
    return "" if check.digest == digest else "is another one than its receipt names"


def _signature(layout: Layout, receipt: Receipt) -> tuple[Signature | None, tuple[Missing, ...]]:
    command = f"moonlanding approve {receipt.phase} --by NAME"
    try:
        found = valid_signature(layout, phase=receipt.phase, evidence=receipt.evidence)
        is_void = any(one.phase == receipt.phase for one in read_signatures(layout))
    except SignOffRefused as error:
        return None, (Missing(what=str(error), command="moonlanding status"),)
    if found is not None:
        return found, ()
    said = "the sign-off is void: the data have changed since" if is_void else "nobody has signed"
    return None, (Missing(what=f"phase {receipt.phase}: {said}", command=command),)
