"""An export as a source of documents: its shards read once and spilled to temporary files.

Several processes can each read some of the shards. Holds no order, no manifest, and nothing about
what is kept of a document (taking.py).
"""

from collections.abc import Callable, Iterator
from concurrent.futures import as_completed
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from moonlanding_assets.errors import DamagedExport
from moonlanding_assets.progress import Progress, Silent
from moonlanding_assets.source.managed_export import ManagedExport
from moonlanding_assets.source.manifest import Origin
from moonlanding_assets.source.spill import Spill
from moonlanding_assets.source.taking import RawDocument, Tally, is_taken_whole, take
from moonlanding_assets.source.value import timestamp_text
from moonlanding_assets.workers import worker_pool

DOCUMENTS_FOR_COMPILED = 10_000  # below that, loading the compiled reader costs more than it gives
DOCUMENTS_FOR_WORKERS = 60_000  # below that, starting processes costs more than it gives
TASKS_A_WORKER = 8
PROGRESS_DOCUMENTS = 250


@dataclass(frozen=True, kw_only=True)
class ExportSource:
    """A managed export as the DocumentSource of one system."""

    system: str
    export: ManagedExport

    @property
    def place(self) -> str:
        """The directory of the export."""
        return f"{self.export.directory}"

    @property
    def origin(self) -> Origin:
        """What the metadata of the export state."""
        return Origin(
            kind="managed_export",
            project=self.export.project,
            database=self.export.database,
            started_at=timestamp_text(self.export.started_at_us),
            finished_at=timestamp_text(self.export.finished_at_us),
        )

    def spill(self, directory: Path, *, progress: Progress, workers: int) -> Tally:
        """Every document once, counted against the metadata; raises DamagedExport."""
        tally = read_shards(self.system, self.export, directory, progress=progress, workers=workers)
        self.export.verify_counts(tally.systems.total())
        return tally

    def twice(self, path: str) -> DamagedExport:
        """Reads the paths again to name both places; it is refused, so time is no matter."""
        places = [
            (shard, entity.offset)
            for shard in self.export.shards
            for entity in self.export.entities(shard)
            if entity.path == path
        ]
        (first, _), *_, (last, offset) = places
        return DamagedExport(last, f"document {path} is in {first.name} already", offset=offset)


@dataclass(frozen=True, kw_only=True)
class Task:
    """Some shards of an export, for one process."""

    number: int
    system: str
    export: ManagedExport
    shards: tuple[Path, ...]
    directory: Path


@dataclass(frozen=True, kw_only=True)
class Damage:
    """A DamagedExport on its way between processes, which exceptions with keywords do not pass."""

    file: str
    what: str
    offset: int | None


def read_shards(
    system: str, export: ManagedExport, directory: Path, *, progress: Progress, workers: int
) -> Tally:
    """Reads every shard once, into files in `directory`; raises DamagedExport as it finds it.

    With more than one worker a large export is read by several processes.
    """
    tally = Tally()
    for part in _parts(system, export, directory, progress=progress, workers=workers):
        tally.add(part)
    return tally


def read_task(task: Task, progress: Progress) -> Tally:
    """Reads the shards of one task; what a process of its own runs."""
    tally = Tally()
    waiting = 0
    documents = _reading(task)
    with Spill(task.directory, f"task-{task.number:06d}") as spill:
        for shard in task.shards:
            for document in documents(shard):
                row = take(task.system, document, tally)
                if row is not None:
                    spill.add(row)
                waiting += 1
                if waiting == PROGRESS_DOCUMENTS:
                    progress.advance(waiting)
                    waiting = 0
    progress.advance(waiting)
    tally.files.extend(spill.files)
    tally.collections.update(spill.documents)
    return tally


def _reading(task: Task) -> Callable[[Path], Iterator[RawDocument]]:
    """What gives the documents of a shard: for a large export, the compiled reader."""
    if task.export.document_count < DOCUMENTS_FOR_COMPILED:
        return task.export.entities
    from moonlanding_assets.source.export_documents import DocumentReader

    return DocumentReader(task.export, partial(is_taken_whole, task.system)).documents


def _parts(
    system: str, export: ManagedExport, directory: Path, *, progress: Progress, workers: int
) -> Iterator[Tally]:
    is_large = export.document_count >= DOCUMENTS_FOR_WORKERS
    parts = min(len(export.shards), workers * TASKS_A_WORKER) if workers > 1 and is_large else 1
    tasks = [
        Task(
            number=number,
            system=system,
            export=export,
            shards=export.shards[number::parts],
            directory=directory,
        )
        for number in range(parts)
    ]
    if parts == 1:
        yield read_task(tasks[0], progress)
        return
    with worker_pool(workers) as pool:
        for done in as_completed([pool.submit(_read_elsewhere, task) for task in tasks]):
            part = done.result()
            if isinstance(part, Damage):
                pool.shutdown(cancel_futures=True)
                raise DamagedExport(part.file, part.what, offset=part.offset)
            progress.advance(part.systems.total())
            yield part


def _read_elsewhere(task: Task) -> Tally | Damage:
    try:
        return read_task(task, Silent())
    except DamagedExport as error:
        return Damage(file=error.file, what=error.what, offset=error.offset)
