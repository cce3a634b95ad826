"""How parallel operation begins: the present state, from the very snapshots that were migrated.

The position is the moment of each snapshot: a change up to it is in the snapshot, a later one
has a later version, so there is neither a gap nor a change applied twice. Writes only the store.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import pyarrow.parquet as pq

from moonlanding_assets.parallel.forward.present_file import begin
from moonlanding_assets.source.document import Document
from moonlanding_assets.source.snapshot import Snapshot
from moonlanding_assets.source.value import timestamp_us_of


def begin_from_snapshots(
    file: Path, snapshots: Mapping[str, Snapshot], *, notes: Mapping[str, str]
) -> None:
    """The store of the present, begun from the snapshots by system.

    notes: what else the store is to say, such as how times are stored. Raises SyncError.
    """
    positions = {f"{name}_position": one.snapshot_time for name, one in snapshots.items()}
    digests = {f"{name}_snapshot_digest": one.digest for name, one in snapshots.items()}
    times = [one.snapshot_time for one in snapshots.values()]
    said = {**notes, **positions, **digests, "snapshot_time": earliest(times)}
    begin(file, _documents(snapshots), notes=said)


def earliest(times: list[str]) -> str:
    """The earliest of RFC 3339 texts, as normalize is told it: UTC with milliseconds."""
    moment = min(map(datetime.fromisoformat, times))
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _documents(snapshots: Mapping[str, Snapshot]) -> Iterator[tuple[Document, int]]:
    """Each document with its update time, or the snapshot's moment where the source tells none."""
    for snapshot in snapshots.values():
        position = timestamp_us_of(snapshot.snapshot_time)
        for key in snapshot.collections:
            for batch in pq.ParquetFile(snapshot.file(key)).iter_batches():
                for row in batch.to_pylist():
                    yield Document(**row), _version(row["update_time"]) or position


def _version(time: datetime | None) -> int:
    if time is None:
        return 0
    whole = int(time.replace(microsecond=0).timestamp())
    return whole * 1_000_000 + time.microsecond
