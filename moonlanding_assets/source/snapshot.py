"""A snapshot: all documents of one system at one moment, as Parquet files and a manifest.

Holds how one is built, whole or not at all, and how it is opened. What is secret is in
withholding.py, what a source is in taking.py, the manifest's words in manifest.py.
"""

import shutil
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from moonlanding_assets.contract.catalogue import COLLECTIONS
from moonlanding_assets.errors import SnapshotError, WrongSystem
from moonlanding_assets.progress import Progress
from moonlanding_assets.source.collection_file import TwiceError, file_sha256, write_documents
from moonlanding_assets.source.manifest import (
    MANIFEST_FILE,
    CollectionEntry,
    Manifest,
    Withheld,
    file_name,
    from_json,
    manifest,
    to_json,
)
from moonlanding_assets.source.merging import in_order, runs_of
from moonlanding_assets.source.replacing import previous_of, replaced
from moonlanding_assets.source.taking import DocumentSource, Tally


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A whole snapshot of one system, opened for reading; it is never changed."""

    directory: Path
    manifest: Manifest

    @classmethod
    def open(cls, directory: Path, *, with_contents: bool = True) -> Self:
        """The snapshot in `directory`, checked: the manifest, every file's size and SHA-256.

        With `with_contents` false the files are only measured, not hashed. Raises SnapshotError
        where there is none, where it is not whole, or where a file was changed.
        """
        try:
            text = (directory / MANIFEST_FILE).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            raise SnapshotError(_missing(directory)) from None
        document = from_json(text, place=str(directory / MANIFEST_FILE))
        for entry in document.collections.values():
            _check(directory / entry.file, entry, with_contents=with_contents)
        return cls(directory=directory, manifest=document)

    @property
    def system(self) -> str:
        """friday or mwr."""
        return self.manifest.system

    @property
    def collections(self) -> tuple[str, ...]:
        """The keys of every collection, the unknown and the empty ones as well."""
        return tuple(self.manifest.collections)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of what the snapshot holds."""
        return self.manifest.digest

    @property
    def snapshot_time(self) -> str:
        """The moment of the snapshot: its read time, or the start of its export, as UTC text."""
        return self.manifest.snapshot_time

    def file(self, collection: str) -> Path:
        """The Parquet file of a collection; SnapshotError for one that the snapshot lacks."""
        entry = self.manifest.collections.get(collection)
        if entry is None:
            raise SnapshotError(f"{self.directory}: the snapshot has no collection {collection}.")
        return self.directory / entry.file


def build_snapshot(
    source: DocumentSource, directory: Path, *, progress: Progress, workers: int = 1
) -> Manifest:
    """Reads a source into directory/<its system>, which appears whole or not at all.

    An older snapshot of that name is replaced. The same export, or the same read time, gives the
    same bytes. Raises the source's SourceError for one that is damaged, cannot be read whole or
    holds a document twice, WrongSystem where nothing of the system is in it, SnapshotError where
    it is empty or another process builds the same snapshot, NoSpace when the disk is full.
    """
    system = source.system
    with replaced(directory / system) as building:
        spilled = building / "spilled"
        spilled.mkdir()
        tally = source.spill(spilled, progress=progress, workers=workers)
        _refuse_other_system(source, tally)
        try:
            withheld = _withheld(tally)
            entries = _write_collections(system, tally, building)
        except TwiceError as error:
            raise source.twice(error.path) from None
        shutil.rmtree(spilled)
        document = manifest(
            system=system,
            source=source.origin,
            collections=entries,
            withheld=withheld,
        )
        (building / MANIFEST_FILE).write_bytes(to_json(document))
    return document


def _write_collections(system: str, tally: Tally, building: Path) -> dict[str, CollectionEntry]:
    declared = {one.key for one in COLLECTIONS if one.system == system and one.presence != "secret"}
    runs = runs_of(tally.files)
    entries: dict[str, CollectionEntry] = {}
    for key in sorted(declared | tally.collections.keys()):
        documents = in_order(runs.pop(key, ()))
        name = file_name(key)
        entries[key] = CollectionEntry(
            file=name, **asdict(write_documents(building / name, documents))
        )
    return entries


def _withheld(tally: Tally) -> Withheld:
    paths = Counter(path for path, _ in tally.secrets)
    twice = next((path for path, times in paths.items() if times > 1), None)
    if twice is not None:
        raise TwiceError(twice)
    return Withheld(
        collections=dict(
            sorted((Counter(key for _, key in tally.secrets) + tally.counted).items())
        ),
        fields=dict(sorted(tally.secret_fields.items())),
        url_queries=tally.url_queries.total(),
    )


def _refuse_other_system(source: DocumentSource, tally: Tally) -> None:
    system = source.system
    if tally.systems[system]:
        return
    if not tally.systems.total():
        raise SnapshotError(
            f"{source.place}: it holds no document; a snapshot of nothing proves nothing. Check "
            f"which project was named or exported."
        )
    found = ", ".join(sorted(one or "neither system" for one in tally.systems))
    raise WrongSystem(
        f"{source.place}: this is not {system}: its {tally.systems.total()} documents are of "
        f"{found}. Name the export or the project of {system}."
    )


def _check(file: Path, entry: CollectionEntry, *, with_contents: bool) -> None:
    if not file.is_file():
        raise SnapshotError(f"{file}: the manifest lists it, but it is missing. Take it again.")
    size = file.stat().st_size
    if size != entry.size_bytes:
        raise SnapshotError(
            f"{file}: {size} bytes, the manifest says {entry.size_bytes}. Take the snapshot again."
        )
    if with_contents and file_sha256(file) != entry.sha256:
        raise SnapshotError(f"{file}: changed since the snapshot was taken. Take it again.")


def _missing(directory: Path) -> str:
    if previous_of(directory).exists():
        return (
            f"{directory}: a run was stopped while it replaced the snapshot. Take the snapshot "
            f"again; the older one is brought back first."
        )
    return f"{directory}: no snapshot here (no {MANIFEST_FILE}). Take it first."
