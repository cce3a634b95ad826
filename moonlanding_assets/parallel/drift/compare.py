"""Hashes of both sides laid beside one another in a file, so that order and size do not matter.

What differs here is only suspected: the sides are read at two moments (confirm.py looks
again). Holds no field of any document.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from moonlanding_assets.contract.catalogue import SYSTEM_ROOTS
from moonlanding_assets.errors import IncompleteRead
from moonlanding_assets.parallel.drift.order import NewPiece, OldPiece, Order
from moonlanding_assets.parallel.drift.sides import NewSide, OldReading
from moonlanding_assets.progress import Progress
from moonlanding_assets.source.firestore_names import without
from moonlanding_assets.source.taking import system_of
from moonlanding_assets.source.withholding import secret_stems

_BATCH = 500
Suspects = dict[str, str]  # path → the system that it is of

_TABLE = "(path TEXT PRIMARY KEY, system TEXT NOT NULL, sha256 TEXT NOT NULL) WITHOUT ROWID"
_DIFFERING = """
    SELECT new.path, new.system FROM new LEFT JOIN old USING (path)
    WHERE old.path IS NULL OR old.sha256 <> new.sha256
    UNION ALL
    SELECT old.path, old.system FROM old LEFT JOIN new USING (path) WHERE new.path IS NULL
    ORDER BY 1"""
_COMPARED = """
    SELECT (SELECT count(*) FROM new)
    + (SELECT count(*) FROM old WHERE path NOT IN (SELECT path FROM new))"""


class Hashes:
    """path, system and hash of both sides; `put` takes each path of a side once."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def put(self, side: str, lines: Iterable[tuple[str, str, str]]) -> int:
        """Take in documents of a side, "old" or "new": path, system, hash; how many."""
        statement = f"INSERT OR REPLACE INTO {side} VALUES (?, ?, ?)"
        return max(self._connection.executemany(statement, lines).rowcount, 0)

    def differing(self) -> Suspects:
        """What is not the same on both sides."""
        return dict(self._connection.execute(_DIFFERING))

    def compared(self) -> int:
        """How many documents there are on either side."""
        return int(self._connection.execute(_COMPARED).fetchone()[0])


@contextmanager
def hashes(directory: Path) -> Iterator[Hashes]:
    """An empty table for each side, in a file that is gone afterwards."""
    with (
        TemporaryDirectory(dir=directory, prefix=".drift-") as place,
        closing(sqlite3.connect(Path(place) / "hashes.db", isolation_level=None)) as connection,
    ):
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        for side in ("old", "new"):
            connection.execute(f"CREATE TABLE {side} {_TABLE}")
        connection.execute("BEGIN")
        yield Hashes(connection)


def read_all(
    into: Hashes,
    new: NewSide,
    old: Mapping[str, OldReading],
    order: Order,
    *,
    progress: Progress,
) -> None:
    """Every document of both sides: OLD as of one moment a system, NEW as of its transaction.

    Raises IncompleteRead unless the old systems gave as many documents as they count.
    """
    moments = {system: one.moment() for system, one in old.items()}
    read = dict.fromkeys(old, 0)
    for piece in order.pieces:
        if isinstance(piece, NewPiece):
            progress.advance(into.put("new", _new_lines(new, piece)))
        else:
            count = into.put("old", _old_lines(old[piece.system], piece, moments[piece.system]))
            read[piece.system] += count
            progress.advance(count)
    for system, one in old.items():
        counted = sum(one.count(part, moments[system]) for part in without(secret_stems()))
        if read[system] != counted:
            raise IncompleteRead(f"{system}: {read[system]} documents read, {counted} counted")


def read_named(
    into: Hashes,
    new: NewSide,
    old: Mapping[str, OldReading],
    paths: Sequence[str],
    *,
    progress: Progress,
) -> int:
    """Those documents of both sides, and how many they are; paths of neither system are nobody's.

    One that neither side has any more is compared as well.
    """
    paths = [path for path in paths if system_of(path)]
    moments = {system: one.moment() for system, one in old.items()} if paths else {}
    for start in range(0, len(paths), _BATCH):
        batch = paths[start : start + _BATCH]
        for system, one in old.items():
            mine = [path for path in batch if system_of(path) == system]
            found = one.lookup(mine, moments[system])
            into.put(
                "old",
                [
                    (path, system, held.document.sha256)
                    for path, held in found.items()
                    if held is not None
                ],
            )
        into.put(
            "new",
            [(one.path, system_of(one.path), one.sha256) for one in new.named(batch)],
        )
        progress.advance(len(batch))
    return len(paths)


def _new_lines(new: NewSide, piece: NewPiece) -> Iterator[tuple[str, str, str]]:
    for one in new.between(piece.first, piece.last):
        yield one.path, system_of_document(one.path, one.collection), one.sha256


def _old_lines(old: OldReading, piece: OldPiece, moment: int) -> Iterator[tuple[str, str, str]]:
    for one in old.inside(piece.inside, moment):
        yield one.path, piece.system, one.sha256


def system_of_document(path: str, collection: str) -> str:
    """The system that a document is of: as its collection says, else as its path does."""
    named = collection.partition("/")[0]
    return named if named in SYSTEM_ROOTS else system_of(path)
