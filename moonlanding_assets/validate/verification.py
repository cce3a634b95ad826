"""The words of the twelve checks of a finished file: Check, Subject, Examined, and how one is run.

Holds no comparison and no list of checks (twelve.py has it). A verdict is reached by the same rule
as a validator's, and bound to the same digests.
"""

import functools
import random
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from moonlanding_assets.load.published import PUBLISHED_KEY
from moonlanding_assets.schema.catalogue import quoted
from moonlanding_assets.settings import Layout
from moonlanding_assets.validate.called import called_for
from moonlanding_assets.validate.catalogue import run
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.linked_rules import Surroundings
from moonlanding_assets.validate.links import Links
from moonlanding_assets.validate.report import Report
from moonlanding_assets.validate.shards import Kind
from moonlanding_assets.validate.validator import KEPT_FINDINGS, TableResult, Validator

TWIN_OF = {"rfis": "rfi", "rfi_questions": "rfi", "rfi_responses": "rfi_response"}  # shared ids

COPY = ".verify-"  # how the directories begin in which copies are judged
Notes = dict[str, Any]  # what people should know: figures, texts, lists of such; JSON as it stands


@dataclass(frozen=True, kw_only=True)
class Extent:
    """How far the checks go.

    `seed`: what is drawn; "" for one made of `sample_seed` and the digest of its content that the
    file notes, so that the same data give the same report whenever they are loaded. `exports`:
    system to the managed export that its snapshot was taken from. `documents`: how many the spot
    check draws. `rows`: how many the performance is measured at.
    """

    seed: str = ""
    sample_seed: int = 0
    exports: Mapping[str, Path] = field(default_factory=dict)
    documents: int = 100
    rows: int = 100_000


class Subject:
    """The finished file and its snapshot, with what several checks need of them, made once."""

    def __init__(self, evidence: Evidence, extent: Extent) -> None:
        self.evidence = evidence
        self.extent = extent

    @functools.cached_property
    def seed(self) -> str:
        """What every draw begins with: the given seed, else one that the file itself gives."""
        return self.extent.seed or f"{self.extent.sample_seed}-{self._content()[:16]}"

    def _content(self) -> str:
        """What tells this file's data from others': the digest that it notes, else its bytes'."""
        try:
            noted = self.evidence.run.get(PUBLISHED_KEY)
        except sqlite3.Error:  # a damaged file notes nothing
            noted = None
        return noted or self.evidence.database_digest

    def chance(self, purpose: str) -> random.Random:
        """A generator of its own for each purpose, always the same for the same seed."""
        return random.Random(f"{self.seed}:{purpose}")  # noqa: S311  (a draw, not a secret)

    @functools.cached_property
    def around(self) -> Surroundings:
        """Where references lead, and what lies around a row."""
        return Surroundings(self.evidence)

    @property
    def links(self) -> Links:
        """Where references lead."""
        return self.around.links

    @functools.cached_property
    def called_for(self) -> Counter[str]:
        """How many rows of each table the snapshot calls for."""
        return Counter(called_for(self.evidence))

    def is_owned(self, table: str, row_id: str) -> bool:
        """Whether a row needs no document: a recorded placeholder, or there before us."""
        is_placeholder = (TWIN_OF.get(table, table), row_id) in self.evidence.placeholders
        return is_placeholder or self.evidence.theirs.holds(table, row_id)

    @contextmanager
    def copy(self) -> Iterator[Path]:
        """A copy of the file that may be written to; gone afterwards."""
        home = self.evidence.layout.fraction(self.evidence.fraction)
        with tempfile.TemporaryDirectory(prefix=COPY, dir=home) as directory:
            file = Path(directory) / "copy.db"
            with closing(sqlite3.connect(file)) as target:
                self.evidence.connection.backup(target)
            yield file


def remove_copies(layout: Layout, fraction: str) -> None:
    """Delete the copies that a killed run left; call it when no other run is at work."""
    for left in layout.fraction(fraction).glob(f"{COPY}*"):
        shutil.rmtree(left, ignore_errors=True)


@dataclass(frozen=True, kw_only=True)
class Examined:
    """What a check found: a result for each table, and what people should know besides."""

    tables: tuple[TableResult, ...]
    notes: Notes = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Check:
    """One question asked of the finished file. It finds, and decides nothing.

    `kind` is what looks at all documents for it.
    """

    name: str
    title: str
    examine: Callable[[Subject], Examined]
    kind: Kind | None = None


@dataclass(frozen=True, kw_only=True)
class Checked:
    """One check's report, and what people should know besides."""

    report: Report
    notes: Notes


def run_check(check: Check, subject: Subject) -> Checked:
    """One check on one file, run as a validator is: an exception becomes the verdict ERROR."""
    notes: Notes = {}

    def examine(_: Evidence) -> tuple[TableResult, ...]:
        examined = check.examine(subject)
        notes.update(examined.notes)
        return examined.tables

    asked = Validator(
        name=check.name, title=check.title, tables=(), examine=examine, kind=check.kind
    )
    return Checked(report=run(asked, subject.evidence), notes=notes)


def merged(results: Iterable[TableResult]) -> tuple[TableResult, ...]:
    """One result a table, where several comparisons were made on the same one."""
    by_table: dict[str, TableResult] = {}
    for one in results:
        other = by_table.get(one.table)
        by_table[one.table] = one if other is None else _together(other, one)
    return tuple(by_table.values())


def _together(one: TableResult, other: TableResult) -> TableResult:
    return TableResult(
        table=one.table,
        compared=one.compared + other.compared,
        evidence_in_snapshot=one.evidence_in_snapshot + other.evidence_in_snapshot,
        finding_count=one.finding_count + other.finding_count,
        findings=(*one.findings, *other.findings)[:KEPT_FINDINGS],
        counts=dict(Counter(one.counts) + Counter(other.counts)),
    )


def count_of(connection: sqlite3.Connection, table: str) -> int:
    """How many rows a table has."""
    return int(connection.execute(f"SELECT count(*) FROM {quoted(table)}").fetchone()[0])
