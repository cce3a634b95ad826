"""Reports on disk: one JSON file a check, bound to the digests of what it judged.

Holds no comparison. `moonlanding status` reads them back and calls them STALE when the database
has changed since.
"""

from collections.abc import Sequence
from pathlib import Path

from moonlanding_assets.settings import Layout
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.report import Report
from moonlanding_assets.validate.validator import Finding, TableResult, Verdict

LEDGER_TABLE = "migration_documents"
KEPT = 20

#: the checks of the proof, by the name of their report
PROOFS = {
    "every_document_comes_back": "Every document comes back",
    "everything_is_accounted_for": "Everything is accounted for",
    "nothing_is_unknown": "Nothing is unknown",
}


def keep(report: Report, layout: Layout) -> Path:
    """Write a report in the place of an older one; where it is."""
    file = layout.report(report.fraction, report.name)
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.write_text(report.to_json())
    fresh.replace(file)
    return file


def proof_report(
    name: str,
    evidence: Evidence,
    *,
    documents: int,
    findings: Sequence[tuple[str, str]],
    finding_count: int,
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
        seconds=0.0,
        snapshot_digests=dict(evidence.snapshot_digests),
        database_digest=evidence.database_digest,
    )
