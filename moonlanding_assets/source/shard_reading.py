"""An export's shards read once: secrets left out, the rest spilled to temporary files.

Several processes can each read some of the shards. Holds no order, no manifest, and no decision
about what is secret (withholding.py).
"""

import multiprocessing
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from moonlanding_assets.contract.catalogue import SYSTEM_ROOTS, match, pattern_key
from moonlanding_assets.contract.language import Collection
from moonlanding_assets.errors import DamagedExport
from moonlanding_assets.progress import Progress, Silent
from moonlanding_assets.source.document import document_row
from moonlanding_assets.source.managed_export import Entity, ManagedExport
from moonlanding_assets.source.spill import Spill
from moonlanding_assets.source.value import canonical
from moonlanding_assets.source.withholding import (
    cut_signed_urls,
    cut_urls,
    may_hold_signed_url,
    secret_collection,
    url_places,
)

DOCUMENTS_FOR_WORKERS = 20_000  # below that, starting processes costs more than it gives
TASKS_A_WORKER = 8
PROGRESS_DOCUMENTS = 250


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What reading came to, counted in documents.

    `systems`: by the system whose root they are below, "" for none; `collections`: those kept;
    `secrets`: the paths of those only counted, each with its collection; `secret_fields`: by
    "collection.field"; `url_queries`: URLs that were cut, by collection; `files`: where the kept
    ones are.
    """

    systems: Counter[str] = field(default_factory=Counter)
    collections: Counter[str] = field(default_factory=Counter)
    secrets: list[tuple[str, str]] = field(default_factory=list)
    secret_fields: Counter[str] = field(default_factory=Counter)
    url_queries: Counter[str] = field(default_factory=Counter)
    files: list[Path] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Takes in what another reader came to."""
        self.systems.update(other.systems)
        self.collections.update(other.collections)
        self.secrets.extend(other.secrets)
        self.secret_fields.update(other.secret_fields)
        self.url_queries.update(other.url_queries)
        self.files.extend(other.files)


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
    with Spill(task.directory, f"task-{task.number:06d}") as spill:
        for shard in task.shards:
            for entity in task.export.entities(shard):
                _take(task.system, entity, tally, spill)
                waiting += 1
                if waiting == PROGRESS_DOCUMENTS:
                    progress.advance(waiting)
                    waiting = 0
    progress.advance(waiting)
    tally.files.extend(spill.files)
    tally.collections.update(spill.documents)
    return tally


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
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
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


def _take(system: str, entity: Entity, tally: Tally, spill: Spill) -> None:
    path = entity.path
    tally.systems[_system_of(path)] += 1
    secret = secret_collection(path)
    if secret is not None:
        tally.secrets.append((path, secret.key))
        return
    collection = match(system, path)
    key = pattern_key(system, path) if collection is None else collection.key
    # Documents of the other system keep their secrets as well, wherever they turn up.
    rules = collection or _declared_elsewhere(path)
    fields = entity.fields(rules.secret_fields if rules is not None else frozenset())
    tally.secret_fields.update(f"{key}.{name}" for name in entity.withheld)
    cut = cut_urls(fields, url_places(rules)) if rules is not None else 0
    text = canonical(fields)
    if may_hold_signed_url(text):
        cut += cut_signed_urls(fields)
        text = canonical(fields)
    if cut:
        tally.url_queries[key] += cut
    spill.add(document_row(path, key, text))


def _system_of(path: str) -> str:
    root = path.split("/", 1)[0]
    return next((system for system, roots in SYSTEM_ROOTS.items() if root in roots), "")


def _declared_elsewhere(path: str) -> Collection | None:
    found = (match(system, path) for system in SYSTEM_ROOTS)
    return next((one for one in found if one is not None), None)
