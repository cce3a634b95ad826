"""The source collections of a fraction: the documents of a plan, cut out of a snapshot file.

Holds no choice of documents: the plan made it.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq

from moonlanding_assets.errors import StageError
from moonlanding_assets.source.collection_file import BATCH_DOCUMENTS, write_documents
from moonlanding_assets.source.engine import connected
from moonlanding_assets.source.replacing import flush_file, full_disk_named

_CUT = """
SELECT s.* FROM read_parquet(?) s
SEMI JOIN read_parquet(?) p ON p."path" = s."path" AND p."collection" = ?
ORDER BY s."path"
"""
_PLANNED = 'SELECT count(*) FROM read_parquet(?) WHERE "collection" = ?'


def cut(snapshot_file: Path, plan_file: Path, *, collection: str, target: Path) -> int:
    """Writes the planned documents of one collection to `target`; returns how many.

    Sorted by path, in row groups as the snapshot has them. Where the plan takes the whole file,
    the target is a link to it (a copy on another disk). The target appears whole or not at all.
    Raises StageError when the plan names documents that the file does not hold, NoSpace when the
    disk is full.
    """
    with _appearing(target) as building, connected(building.parent) as con:
        row = con.execute(_PLANNED, [str(plan_file), collection]).fetchall()
        planned = int(row[0][0])
        if planned == pq.read_metadata(snapshot_file).num_rows:
            _link(snapshot_file, building)
            return planned
        values = [str(snapshot_file), str(plan_file), collection]
        reader = con.sql(_CUT, params=values).to_arrow_reader(BATCH_DOCUMENTS)
        documents = write_documents(building, reader).documents
        if documents != planned:
            raise StageError(
                f"{target}: the plan names {planned} documents of {collection}, the snapshot holds "
                f"{documents} of them. Make the plan again from this snapshot."
            )
        return documents


@contextmanager
def _appearing(target: Path) -> Iterator[Path]:
    target.parent.mkdir(parents=True, exist_ok=True)
    hidden = f".{target.name}."
    for left in target.parent.glob(f"{hidden}*"):  # by a killed run; one at a time is at work
        shutil.rmtree(left)
    with (
        full_disk_named(target),
        tempfile.TemporaryDirectory(prefix=hidden, dir=target.parent) as directory,
    ):
        building = Path(directory) / target.name
        yield building
        flush_file(building)
        os.replace(building, target)


def _link(file: Path, target: Path) -> None:
    try:
        os.link(file, target)
    except OSError:
        shutil.copyfile(file, target)
        target.chmod(0o600)
