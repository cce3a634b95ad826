"""The source collections of a fraction: the documents of a plan, cut out of a snapshot file.

Holds no choice of documents: the plan made it.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from moonlanding_assets.errors import StageError
from moonlanding_assets.source.collection_file import BATCH_DOCUMENTS, write_documents
from moonlanding_assets.source.replacing import flush_file, full_disk_named


def cut(snapshot_file: Path, plan_file: Path, *, collection: str, target: Path) -> int:
    """Writes the planned documents of one collection to `target`; returns how many.

    Sorted by path, in row groups as the snapshot has them. Where the plan takes the whole file,
    the target is a link to it (a copy on another disk). The target appears whole or not at all.
    Raises StageError when the plan names documents that the file does not hold, NoSpace when the
    disk is full.
    """
    with _appearing(target) as building:
        planned = pq.read_table(
            plan_file, columns=["path"], filters=[("collection", "=", collection)]
        ).column("path")
        with pq.ParquetFile(snapshot_file) as file:
            if len(planned) == file.metadata.num_rows:
                _link(snapshot_file, building)
                return len(planned)
            documents = write_documents(building, _of(file, planned)).documents
        if documents != len(planned):
            raise StageError(
                f"{target}: the plan names {len(planned)} documents of {collection}, the snapshot "
                f"holds {documents} of them. Make the plan again from this snapshot."
            )
        return documents


def _of(
    file: pq.ParquetFile, planned: "pa.ChunkedArray[pa.StringScalar]"
) -> Iterator[pa.RecordBatch]:
    """The documents with these paths, in the order of the file, which is that of the paths."""
    paths = pc.SetLookupOptions(value_set=planned.combine_chunks())
    for batch in file.iter_batches(BATCH_DOCUMENTS):
        found = batch.filter(pc.call_function("is_in", [batch.column("path")], options=paths))
        if found.num_rows:
            yield found


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
