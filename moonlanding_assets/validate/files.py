"""Every stored path: safe, and exactly where the source's address says that the file lies.

With a file root, the files themselves: that they exist and have the size that the row says.
"""

from pathlib import Path
from typing import ClassVar

from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.passes import gathered
from moonlanding_assets.validate.reading import SourceRow
from moonlanding_assets.validate.shards import Part
from moonlanding_assets.validate.sight import Columns, Sight
from moonlanding_assets.validate.storage_paths import Place, place_of, why_unsafe
from moonlanding_assets.validate.validator import TableResult, Tallies, Tally
from moonlanding_assets.validate.values import at

ADDRESS = {"file": "url", "letter": "file.url"}  # table → the field that holds the address
_COLUMNS = {"file": ("path", "storage_type", "size"), "letter": ("path",)}


def compare_paths(evidence: Evidence) -> tuple[TableResult, ...]:
    """Compare all paths; one result a table."""
    tallies = Tallies(ADDRESS)
    seen = gathered(evidence, Paths)
    tallies.add(seen.tallies)
    for table in _COLUMNS:
        for identity, path in seen.met.left_over(evidence, table, "id", "path"):
            if path is not None:
                tallies[table].find("invented", row_id=identity, column="path")
    return tallies.results()


class Paths:
    """Stored paths beside the source's addresses, shard by shard."""

    reads: ClassVar[Columns] = _COLUMNS
    is_everywhere: ClassVar[bool] = False

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence

    def judge(self, sight: Sight) -> Part:
        """Compare every row of a shard."""
        part = Part()
        for row, found in sight.beside(_COLUMNS).pairs():
            _row(self.evidence, row, found, part.tallies[row.table])
        return part


def _row(
    evidence: Evidence, row: SourceRow, found: tuple[object, ...] | None, tally: Tally
) -> None:
    place = place_of(at(row.fields, ADDRESS[row.table]))
    tally.evidence += place is not None
    if found is None:
        if not evidence.is_quarantined(row.path, row.locator, row.table):
            _find(tally, row, "row_lost", "")
        return
    tally.compared += place is not None
    path = found[1]
    if isinstance(path, str) and why_unsafe(path):
        _find(tally, row, "unsafe", why_unsafe(path))
    if path != (None if place is None else place.path):
        _find(tally, row, _kind(place, path), f"stored {type(path).__name__}")
    elif place is not None and row.table == "file":
        _of_file(evidence.file_root, row, (place.store, path, found), tally)


def _kind(place: Place | None, path: object) -> str:
    if place is None:
        return "invented"
    return "path_lost" if path is None else "another_path"


def _of_file(
    root: Path | None, row: SourceRow, seen: tuple[str, object, tuple[object, ...]], tally: Tally
) -> None:
    """The store, and the file itself below the root if there is one."""
    store, path, found = seen
    if found[2] != store:
        tally.find("another_store", row_id=row.row_id, path=row.path, column="storage_type")
    if root is None or store != "firebase":
        return
    file = root / str(path)
    tally.counts["files_looked_up"] = tally.counts.get("files_looked_up", 0) + 1
    if not file.is_file():
        _find(tally, row, "file_missing", "below the file root")
    elif isinstance(found[3], int) and file.stat().st_size != found[3]:
        _find(tally, row, "size_differs", f"file {file.stat().st_size}, row {found[3]} bytes")


def _find(tally: Tally, row: SourceRow, kind: str, detail: str) -> None:
    tally.find(
        kind, row_id=row.row_id, path=row.path, locator=row.locator, column="path", detail=detail
    )
