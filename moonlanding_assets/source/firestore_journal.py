"""The journal of a live reading: pages and how far it came, committed together, in one SQLite file.

A run that is killed leaves a whole number of pages; the next one goes on behind the last. Secrets
are left out before a page comes here. Holds no request and no decision whether to go on.
"""

import io
import json
import os
import shutil
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from moonlanding_assets.source.document import DOCUMENT_SCHEMA
from moonlanding_assets.source.firestore_names import Range
from moonlanding_assets.source.taking import Tally

FILE = "journal.sqlite"

_TABLES = """
CREATE TABLE said (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE parts (
    number INTEGER PRIMARY KEY, first TEXT NOT NULL, "end" TEXT NOT NULL,
    last TEXT NOT NULL, documents INTEGER NOT NULL, is_done INTEGER NOT NULL
) STRICT;
CREATE TABLE pages (
    part INTEGER NOT NULL, documents_before INTEGER NOT NULL, content BLOB NOT NULL,
    tally TEXT NOT NULL, PRIMARY KEY (part, documents_before)
) STRICT;
"""
_COUNTERS = ("systems", "collections", "secret_fields", "url_queries")


@dataclass(frozen=True, kw_only=True)
class Part:
    """A range of the database, and how far it is read: `last` is the last path, "" for none."""

    number: int
    inside: Range
    last: str
    documents: int
    is_done: bool


class Journal:
    """An open journal. Every method is one transaction; threads may share it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._lock = threading.Lock()
        file = directory / FILE
        self._con = sqlite3.connect(file, isolation_level=None, check_same_thread=False)

    @classmethod
    def create(cls, directory: Path) -> Self:
        """An empty journal in place of whatever is in the directory."""
        remove(directory)
        directory.mkdir(mode=0o700, parents=True)
        os.close(os.open(directory / FILE, os.O_WRONLY | os.O_CREAT, 0o600))
        journal = cls(directory)
        journal._con.execute("PRAGMA journal_mode = WAL")
        journal._con.execute("PRAGMA synchronous = FULL")
        journal._con.executescript(f"BEGIN; {_TABLES} COMMIT;")
        return journal

    @classmethod
    def resume(cls, directory: Path) -> Self | None:
        """The journal that is there, or None where there is none that was begun."""
        if not (directory / FILE).is_file():
            return None
        journal = cls(directory)
        try:
            journal._con.execute("PRAGMA synchronous = FULL")
            is_whole = journal._con.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
            if is_whole and journal.parts():
                return journal
        except sqlite3.DatabaseError:  # killed before its tables were made, or damaged
            pass
        journal.close()
        return None

    def close(self) -> None:
        """Close the file; what was added stays."""
        self._con.close()

    def said(self, name: str) -> Any:
        """What was noted under the name, None for nothing."""
        with self._lock:
            row = self._con.execute("SELECT value FROM said WHERE name = ?", (name,)).fetchone()
        return None if row is None else json.loads(row[0])

    def begin(self, ranges: Iterable[Range], notes: Mapping[str, Any]) -> None:
        """Lay down what there is to read, and what is known of it, before the first page."""
        rows = [(number, one.first, one.end) for number, one in enumerate(ranges)]
        with self._lock, self._con:
            self._con.execute("BEGIN")
            self._con.executemany("INSERT INTO parts VALUES (?, ?, ?, '', 0, 0)", rows)
            self._note(notes)

    def note(self, notes: Mapping[str, Any]) -> None:
        """Note these, all or none; values are what JSON holds."""
        with self._lock, self._con:
            self._con.execute("BEGIN")
            self._note(notes)

    def parts(self) -> list[Part]:
        """All parts, in the order of their names."""
        with self._lock:
            rows = self._con.execute("SELECT * FROM parts ORDER BY number").fetchall()
        return [_part(row) for row in rows]

    def part(self, number: int) -> Part:
        """One part as it is now."""
        with self._lock:
            row = self._con.execute("SELECT * FROM parts WHERE number = ?", (number,)).fetchone()
        return _part(row)

    def add(self, part: Part, rows: list[dict[str, Any]], tally: Tally, *, last: str) -> None:
        """A page of the part and how far it goes, together; `rows` are of DOCUMENT_SCHEMA."""
        content = _packed(rows)
        counts = json.dumps({name: getattr(tally, name) for name in _COUNTERS})
        with self._lock, self._con:
            self._con.execute("BEGIN")
            self._con.execute(
                "INSERT INTO pages VALUES (?, ?, ?, ?)",
                (part.number, part.documents, content, counts),
            )
            self._con.execute(
                "UPDATE parts SET last = ?, documents = documents + ? WHERE number = ?",
                (last, len(rows), part.number),
            )

    def finish(self, part: Part) -> None:
        """The part is read whole."""
        with self._lock, self._con:
            self._con.execute("UPDATE parts SET is_done = 1 WHERE number = ?", (part.number,))

    def forget(self, part: Part) -> None:
        """The part is to be read again from its start."""
        with self._lock, self._con:
            self._con.execute("BEGIN")
            self._con.execute("DELETE FROM pages WHERE part = ?", (part.number,))
            self._con.execute(
                "UPDATE parts SET last = '', documents = 0, is_done = 0 WHERE number = ?",
                (part.number,),
            )

    def documents(self) -> int:
        """How many documents are in it."""
        return sum(part.documents for part in self.parts())

    def pages(self) -> Iterator[tuple[pa.Table, Tally]]:
        """Every page in order, with what reading it came to."""
        with self._lock:
            keys = self._con.execute("SELECT rowid FROM pages ORDER BY part, documents_before")
            numbers = [row[0] for row in keys]
        for number in numbers:
            with self._lock:
                content, counts = self._con.execute(
                    "SELECT content, tally FROM pages WHERE rowid = ?", (number,)
                ).fetchone()
            tally = Tally()
            for name, value in json.loads(counts).items():
                getattr(tally, name).update(value)
            yield pq.read_table(io.BytesIO(content)), tally

    def _note(self, notes: Mapping[str, Any]) -> None:
        rows = [(name, json.dumps(value, sort_keys=True)) for name, value in notes.items()]
        self._con.executemany("INSERT OR REPLACE INTO said VALUES (?, ?)", rows)


def remove(directory: Path) -> None:
    """Take the journal away, if there is one."""
    shutil.rmtree(directory, ignore_errors=True)


def _packed(rows: list[dict[str, Any]]) -> bytes:
    sink = io.BytesIO()
    table = pa.Table.from_pylist(rows, schema=DOCUMENT_SCHEMA)
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def _part(row: tuple[int, str, str, str, int, int]) -> Part:
    number, first, end, last, documents, is_done = row
    return Part(
        number=number,
        inside=Range(first=first, end=end),
        last=last,
        documents=documents,
        is_done=bool(is_done),
    )
