"""Reports on disk: one JSON file a check, bound to the digests of what it judged.

Holds no comparison. `moonlanding status` reads them back and calls them STALE when the database
has changed since.
"""

from collections.abc import Sequence
from pathlib import Path

from moonlanding_assets.cutover.phases import PROOFS, VERIFICATION
from moonlanding_assets.load.files import put_in_place
from moonlanding_assets.settings import Layout
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.report import Report
from moonlanding_assets.validate.validator import Finding, TableResult, Verdict
from moonlanding_assets.validate.verification_report import Verification

LEDGER_TABLE = "migration_documents"
KEPT = 20


def keep(report: Report, layout: Layout) -> Path:
    """Write a report in the place of an older one; where it is."""
    return put_in_place(layout.report(report.fraction, report.name), report.to_json().encode())


def keep_verification(found: Verification, layout: Layout) -> Path:
    """The twelve checks of a file: a page for people beside the JSON that counts; where it is."""
    file = layout.report(found.fraction, VERIFICATION)
    put_in_place(file.with_suffix(".md"), found.markdown().encode())
    return put_in_place(file, found.to_json().encode())


def proof_report(
    name: str,
    evidence: Evidence,
    *,
    documents: int,
    findings: Sequence[tuple[str, str]],
    finding_count: int,
    seconds: float,
) -> Report:
    """The report of one check of the proof, on the bytes that `evidence` knows the digest of.

    findings: (kind, path or row).
    """
    kept = tuple(
        Finding(table=LEDGER_TABLE, kind=kind, path=where) for kind, where in findings[:KEPT]
    )
    table = TableResult(
        table=LEDGER_TABLE,
        compared=documents,
        evidence_in_snapshot=documents,
        finding_count=finding_count,
        findings=kept,
    )
    return Report(
        name=name,
        title=PROOFS[name],
        fraction=evidence.fraction,
        verdict=Verdict.PASS if table.verdict is Verdict.PASS else Verdict.FAIL,
        tables=(table,),
        seconds=seconds,
        snapshot_digests=dict(evidence.snapshot_digests),
        database_digest=evidence.database_digest,
    )
