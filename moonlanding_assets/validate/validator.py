"""What a validator is and what it says: Verdict, Finding, TableResult, Tally, Stopped, Validator.

Holds the one rule by which a verdict is reached, and no comparison. Reports are in report.py.
"""

import enum
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from moonlanding_assets.errors import MoonlandingError

if TYPE_CHECKING:
    from moonlanding_assets.validate.evidence import Evidence
    from moonlanding_assets.validate.shards import Kind

KEPT_FINDINGS = 20


class Verdict(enum.StrEnum):
    """What a comparison came to. Only PASS is a pass."""

    PASS = "PASS"  # noqa: S105  (a verdict, not a password)
    FAIL = "FAIL"
    NO_EVIDENCE = "NO_EVIDENCE"
    ERROR = "ERROR"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One difference: the row and the document it is about, and its kind in snake case.

    `detail` says what was found and expected in kinds, counts, bits and ids: never a value of a
    personal field. `locator` is the array item inside the document, `` for the document itself.
    """

    table: str
    kind: str
    row_id: str = ""
    path: str = ""
    locator: str = ""
    column: str = ""
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class TableResult:
    """One table as one validator saw it.

    `compared` counts comparisons made, `evidence_in_snapshot` those that the snapshot offers,
    `finding_count` all findings; `findings` keeps the first twenty. `counts` are by-the-way
    figures for people (such as references per foreign key).
    """

    table: str
    compared: int
    evidence_in_snapshot: int
    finding_count: int = 0
    findings: tuple[Finding, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """FAIL with any finding; without evidence never PASS."""
        if self.finding_count:
            return Verdict.FAIL
        if self.compared >= 1 and self.evidence_in_snapshot >= 1:
            return Verdict.PASS
        if self.compared == 0 and self.evidence_in_snapshot == 0:
            return Verdict.NO_EVIDENCE
        return Verdict.FAIL


class Tally:
    """Counts one table while a validator walks over it; `result` freezes it."""

    def __init__(self, table: str) -> None:
        self.table = table
        self.compared = 0
        self.evidence = 0
        self.finding_count = 0
        self.findings: list[Finding] = []
        self.counts: dict[str, int] = {}

    def find(
        self,
        kind: str,
        *,
        row_id: str = "",
        path: str = "",
        locator: str = "",
        column: str = "",
        detail: str = "",
    ) -> None:
        """Record one difference; only the first twenty are kept, all are counted."""
        self.finding_count += 1
        if len(self.findings) < KEPT_FINDINGS:
            self.findings.append(
                Finding(
                    table=self.table,
                    kind=kind,
                    row_id=row_id,
                    path=path,
                    locator=locator,
                    column=column,
                    detail=detail,
                )
            )

    def add(self, other: "Tally") -> None:
        """Take in what was counted after this, by somebody else."""
        self.compared += other.compared
        self.evidence += other.evidence
        self.finding_count += other.finding_count
        self.findings += other.findings[: KEPT_FINDINGS - len(self.findings)]
        for name, count in other.counts.items():
            self.counts[name] = self.counts.get(name, 0) + count

    def result(self) -> TableResult:
        """What was counted, frozen."""
        return TableResult(
            table=self.table,
            compared=self.compared,
            evidence_in_snapshot=self.evidence,
            finding_count=self.finding_count,
            findings=tuple(self.findings),
            counts=dict(self.counts),
        )


class Tallies:
    """One Tally for each table, made when first asked for; results in the order of making."""

    def __init__(self, tables: Iterable[str] = ()) -> None:
        self._by_table = {table: Tally(table) for table in tables}

    def __getitem__(self, table: str) -> Tally:
        if table not in self._by_table:
            self._by_table[table] = Tally(table)
        return self._by_table[table]

    def add(self, other: "Tallies") -> None:
        """Take in what was counted after this, by somebody else."""
        for table, tally in other._by_table.items():
            self[table].add(tally)

    def results(self) -> tuple[TableResult, ...]:
        """Every table's result."""
        return tuple(tally.result() for tally in self._by_table.values())


class Stopped(Exception):
    """What stopped a validator, in words that may be shown; it may come from another process."""

    @classmethod
    def by(cls, failure: Exception) -> "Stopped":
        """Our own and SQLite's messages, of others the kind alone.

        Messages of other exceptions may quote a value, and values may be personal.
        """
        if isinstance(failure, Stopped):
            return failure
        kind = type(failure).__name__
        is_safe = isinstance(failure, MoonlandingError | sqlite3.Error)
        return cls(f"{kind}: {failure}" if is_safe else kind)


@dataclass(frozen=True, kw_only=True)
class Validator:
    """One question asked of both sides. `examine` gives one result for each of `tables`.

    It finds, and decides nothing; verdict_of does. `kind` is what looks at the documents for it.
    """

    name: str
    title: str
    tables: tuple[str, ...]
    examine: Callable[["Evidence"], tuple[TableResult, ...]]
    kind: "Kind | None" = None


def verdict_of(tables: Iterable[TableResult]) -> Verdict:
    """The verdict over tables: any FAIL fails, and at least one must PASS to pass."""
    verdicts = {one.verdict for one in tables}
    if Verdict.FAIL in verdicts:
        return Verdict.FAIL
    return Verdict.PASS if Verdict.PASS in verdicts else Verdict.NO_EVIDENCE
