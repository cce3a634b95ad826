"""Verdicts as they were recorded, for these very bytes: read back, never worked out again.

A report that does not judge the bytes of the database and of the snapshots is STALE, one that is
not there or cannot be read is MISSING; neither is a pass. Holds no decision about a phase.
"""

import hashlib
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import orjson

from moonlanding_assets.cutover.phases import CHECKS, VERIFICATION, Phase
from moonlanding_assets.settings import Layout
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.report import Report
from moonlanding_assets.validate.twelve import TWELVE
from moonlanding_assets.validate.validator import Verdict
from moonlanding_assets.validate.verification_report import Verification

STALE = "STALE"
MISSING = "MISSING"
_ABOUT_TIME = ("seconds", "database_digest")  # of a report: what a second run changes


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """One check as its report has it.

    `verdict`: a Verdict, STALE or MISSING. `digest`: of what the report found, whenever it ran
    ("" when MISSING). `kinds`: findings by kind, of those that were kept.
    """

    name: str
    title: str
    verdict: str
    digest: str = ""
    compared: int = 0
    evidence: int = 0
    findings: int = 0
    seconds: float = 0.0
    file: str = ""
    kinds: Mapping[str, int]

    @property
    def is_pass(self) -> bool:
        """Only PASS is a pass."""
        return self.verdict == Verdict.PASS


def recorded_checks(layout: Layout, fraction: str) -> tuple[Recorded, ...]:
    """The eight validators and the checks of the proof, in order.

    Raises SnapshotError or BrokenDatabase when there is nothing that they could judge.
    """
    with closing(Evidence(layout, fraction)) as evidence:
        found = []
        for name, title in CHECKS.items():
            file = layout.report(fraction, name)
            found.append(_recorded(name, title, _report(file), evidence, file))
    return tuple(found)


def recorded_twelve(layout: Layout, fraction: str) -> tuple[Recorded, ...]:
    """The twelve checks of the verification, in order; raises as recorded_checks does."""
    file = layout.report(fraction, VERIFICATION)
    whole = _verification(file)
    with closing(Evidence(layout, fraction)) as evidence:
        return tuple(
            _recorded(
                check.name,
                check.title,
                None if whole is None else whole.report_of(check.name),
                evidence,
                file,
            )
            for check in TWELVE
        )


def recorded_of(layout: Layout, phase: Phase) -> tuple[Recorded, ...]:
    """The checks that the phase's verdict rests on."""
    read = recorded_checks if phase.is_writing else recorded_twelve
    return read(layout, phase.fraction)


def content_digest(report: Report) -> str:
    """Hex SHA-256 over what a report found: the same for every run over the same data."""
    content = orjson.loads(report.to_json())
    for name in _ABOUT_TIME:
        content.pop(name)
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _recorded(
    name: str, title: str, report: Report | None, evidence: Evidence, file: Path
) -> Recorded:
    if report is None or (report.name, report.fraction) != (name, evidence.fraction):
        return _missing(name, title)
    is_current = report.judges(
        database_digest=evidence.database_digest, snapshot_digests=evidence.snapshot_digests
    )
    kinds: dict[str, int] = {}
    for finding in report.findings:
        kinds[finding.kind] = kinds.get(finding.kind, 0) + 1
    return Recorded(
        name=name,
        title=title,
        verdict=report.verdict.value if is_current else STALE,
        digest=content_digest(report),
        compared=report.compared,
        evidence=report.evidence_in_snapshot,
        findings=report.finding_count,
        seconds=report.seconds,
        file=str(file.relative_to(evidence.layout.data)),
        kinds=kinds,
    )


def _missing(name: str, title: str) -> Recorded:
    return Recorded(name=name, title=title, verdict=MISSING, kinds={})


def _report(file: Path) -> Report | None:
    try:
        return Report.from_json(file.read_text())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _verification(file: Path) -> Verification | None:
    try:
        return Verification.from_json(file.read_text())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
