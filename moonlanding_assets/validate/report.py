"""The report of one validator over one database: as an object, as JSON and as Markdown.

Holds no comparison and no rule; the verdict is given to it.
"""

import dataclasses
from dataclasses import dataclass
from typing import Any

import orjson

from moonlanding_assets.validate.validator import Finding, TableResult, Verdict


@dataclass(frozen=True, kw_only=True)
class Report:
    """What one validator found, bound to the digests of what it judged.

    `database_digest` is the sha256 of the bytes of the SQLite file (`` when it could not be
    read), `snapshot_digests` the digest of each system's snapshot, `seconds` wall-clock time,
    `error` the kind of the exception when the verdict is ERROR.
    """

    name: str
    title: str
    fraction: str
    verdict: Verdict
    tables: tuple[TableResult, ...]
    seconds: float
    snapshot_digests: dict[str, str]
    database_digest: str
    error: str = ""

    @property
    def compared(self) -> int:
        """Comparisons made over all tables."""
        return sum(one.compared for one in self.tables)

    @property
    def evidence_in_snapshot(self) -> int:
        """Comparisons that the snapshot offers over all tables."""
        return sum(one.evidence_in_snapshot for one in self.tables)

    @property
    def finding_count(self) -> int:
        """Findings over all tables."""
        return sum(one.finding_count for one in self.tables)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The kept findings of all tables."""
        return tuple(finding for one in self.tables for finding in one.findings)

    def judges(self, *, database_digest: str, snapshot_digests: dict[str, str]) -> bool:
        """Whether this report is about exactly these bytes and snapshots; else it is stale."""
        same_database = self.database_digest == database_digest and bool(database_digest)
        return same_database and self.snapshot_digests == snapshot_digests

    def to_json(self) -> str:
        """The report as indented JSON; from_json reads it back."""
        tables = [{**dataclasses.asdict(one), "verdict": one.verdict.value} for one in self.tables]
        whole = {
            one.name: getattr(self, one.name)
            for one in dataclasses.fields(self)
            if one.name != "tables"
        }
        totals = {
            "compared": self.compared,
            "evidence_in_snapshot": self.evidence_in_snapshot,
            "finding_count": self.finding_count,
        }
        text = orjson.dumps({**whole, **totals, "tables": tables}, option=orjson.OPT_INDENT_2)
        return text.decode()

    @classmethod
    def from_json(cls, text: str) -> "Report":
        """The report that to_json wrote; raises KeyError or ValueError when it is not one."""
        raw = orjson.loads(text)
        return cls(
            name=raw["name"],
            title=raw["title"],
            fraction=raw["fraction"],
            verdict=Verdict(raw["verdict"]),
            tables=tuple(_table(one) for one in raw["tables"]),
            seconds=raw["seconds"],
            snapshot_digests=raw["snapshot_digests"],
            database_digest=raw["database_digest"],
            error=raw["error"],
        )

    def markdown(self) -> str:
        """A table for people: one line a table, then the first findings (ids only)."""
        head = f"**{self.title}**: {self.verdict.value} ({self.fraction}, {self.seconds:.1f} s)"
        lines = [head, "", "| table | verdict | compared | in snapshot | findings |"]
        lines.append("|---|---|---:|---:|---:|")
        for one in self.tables:
            lines.append(
                f"| {one.table} | {one.verdict.value} | {one.compared:,} "
                f"| {one.evidence_in_snapshot:,} | {one.finding_count:,} |"
            )
        if self.error:
            lines += ["", f"The validator stopped: {self.error}"]
        if self.findings:
            lines += ["", *(_finding_line(finding) for finding in self.findings)]
        return "\n".join(lines) + "\n"


def _table(raw: dict[str, Any]) -> TableResult:
    return TableResult(
        table=raw["table"],
        compared=raw["compared"],
        evidence_in_snapshot=raw["evidence_in_snapshot"],
        finding_count=raw["finding_count"],
        findings=tuple(Finding(**one) for one in raw["findings"]),
        counts=raw["counts"],
    )


def _finding_line(finding: Finding) -> str:
    place = f"{finding.table}.{finding.column}" if finding.column else finding.table
    source = f"{finding.path}#{finding.locator}" if finding.locator else finding.path
    parts = [f"`{place}`", finding.kind, finding.row_id, source, finding.detail]
    shown = [part.encode("unicode_escape").decode() for part in parts if part]
    return "- " + " · ".join(shown)
