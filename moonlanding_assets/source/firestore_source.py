"""Live Firestore as a source of documents: what is left is read, compared with counts, spilled.

Holds neither how a read time is chosen (firestore.py), nor requests (firestore_api.py), nor
reading page by page (firestore_reading.py).
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

from moonlanding_assets.errors import IncompleteRead, LiveReadError, ReadTimeRefused
from moonlanding_assets.live_settings import Live
from moonlanding_assets.progress import Progress
from moonlanding_assets.source import firestore_journal as journals
from moonlanding_assets.source import firestore_moment as moments
from moonlanding_assets.source.clock import Clock
from moonlanding_assets.source.firestore_api import Counted, FirestoreApi
from moonlanding_assets.source.firestore_counts import Counting, declared_units, unknown_units
from moonlanding_assets.source.firestore_journal import Journal
from moonlanding_assets.source.firestore_moment import Moment
from moonlanding_assets.source.firestore_names import below, without
from moonlanding_assets.source.firestore_reading import Reader
from moonlanding_assets.source.firestore_retry import Patience
from moonlanding_assets.source.manifest import Manifest, Origin
from moonlanding_assets.source.spill import Spill
from moonlanding_assets.source.taking import Tally, system_of
from moonlanding_assets.source.value import timestamp_text
from moonlanding_assets.source.withholding import secret_stems

KIND = "live_firestore"
MOST_NAMED = 5  # collections in the message of a comparison that fails


@dataclass(frozen=True, kw_only=True)
class Asking:
    """Questions to one database at one read time, asked again when they fail for a while."""

    api: FirestoreApi
    patience: Patience
    read_time_us: int

    def count(self, *parts: Counted) -> int:
        """How many documents these are in all."""
        what = f"{self.api.home}: a count"
        asked = (partial(self.api.count, part, read_time_us=self.read_time_us) for part in parts)
        return sum(self.patience.ask(what, one)[0] for one in asked)

    def everything(self) -> int:
        """How many documents there are that may be read."""
        return self.count(*(Counted(inside=one) for one in without(secret_stems())))

    def secrets(self) -> dict[str, int]:
        """How many documents each secret stem has, itself and below it."""
        return {stem: self.count(Counted(inside=below(stem))) for stem in secret_stems()}

    def declared(self, system: str) -> dict[str, int]:
        """How many documents each unit of the system's contract has, by its text."""
        return {str(unit): self.count(*unit.counts()) for unit in declared_units(system)}

    def root_collections(self) -> list[str]:
        """The ids of the collections at the root."""
        ask = partial(self.api.root_collections, read_time_us=self.read_time_us)
        return self.patience.ask(f"{self.api.home}: the collections", ask)


@dataclass(frozen=True, kw_only=True)
class LiveSource:
    """One system's database at the moment's read time, with the journal of what is read of it.

    `directory` is that of the snapshots.
    """

    system: str
    live: Live
    directory: Path
    moment: Moment
    asking: Asking
    journal: Journal
    clock: Clock

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.asking.api.close()
        self.journal.close()

    @property
    def place(self) -> str:
        """The project, the database, and where the emulator is."""
        return f"{self.asking.api.home}"

    @property
    def origin(self) -> Origin:
        """The database and the read time, which is both the start and the end."""
        read_time = timestamp_text(self.moment.read_time_us)
        home = self.asking.api.home
        return Origin(
            kind=KIND,
            project=home.project,
            database=home.database,
            started_at=read_time,
            finished_at=read_time,
        )

    @property
    def documents_left(self) -> int:
        """How many documents are still to be read."""
        return int(self.journal.said("documents")) - self.journal.documents()

    def spill(self, directory: Path, *, progress: Progress, workers: int) -> Tally:
        """Every document once, counted against the server; raises LiveReadError.

        What was read stays in the journal, unless it can never become right. `workers` is for
        sources that are read by processes; pages are asked for by threads.
        """
        try:
            self._read(progress)
            tally = self._spilled(directory)
        except IncompleteRead as error:
            self._discard()
            raise IncompleteRead(f"{error} It is thrown away; the next run reads anew.") from None
        except ReadTimeRefused as error:
            self._discard()
            moments.forget(self.directory)
            raise ReadTimeRefused(
                f"{error}. What was read is thrown away; the next run takes a new read time."
            ) from None
        if not tally.systems[self.system]:  # it will be refused; what is put right must be seen
            self._discard()
            moments.forget(self.directory)
        return tally

    def twice(self, path: str) -> LiveReadError:
        """What to raise for a path that came twice, which the order of pages rules out."""
        self._discard()
        return LiveReadError(f"{self.place}: document {path} was read twice. Run it again.")

    def finish(self, manifest: Manifest) -> None:
        """The snapshot is in its place: the journal can go, and the moment when both are read."""
        moments.keep(self.directory, self.moment.with_published(self.system, manifest.digest))
        self._discard()

    def _discard(self) -> None:
        self.journal.close()
        journals.remove(self.journal.directory)

    def _read(self, progress: Progress) -> None:
        Reader(
            system=self.system,
            api=self.asking.api,
            journal=self.journal,
            patience=self.asking.patience,
            clock=self.clock,
            page_size=page_size(self.live),
            read_time_us=self.moment.read_time_us,
        ).read(progress=progress, parallel=self.live.parallel)
        if self.journal.said("unknown") is None:
            keys = sorted({key for _, tally in self.journal.pages() for key in tally.collections})
            units = unknown_units(keys)
            counts = {str(unit): self.asking.count(*unit.counts()) for unit in units}
            self.journal.note({"unknown": counts, "keys": keys})

    def _spilled(self, directory: Path) -> Tally:
        """Every page of the journal into the spill, each document counted on its way."""
        units = (*declared_units(self.system), *unknown_units(self.journal.said("keys")))
        counting = Counting(units)
        tally = Tally()
        roots = set()
        with Spill(directory, "live") as spill:
            for page, came_to in self.journal.pages():
                tally.add(came_to)
                for row in page.to_pylist():
                    counting.add(row["path"])
                    roots.add(row["path"].split("/", 1)[0])
                    spill.add(row)
        tally.files.extend(spill.files)
        for stem, documents in self.journal.said("secrets").items():
            if documents:
                tally.counted[secret_stems()[stem]] += documents
                tally.systems[system_of(stem)] += documents
                roots.add(stem.split("/", 1)[0])
        self._compare(counting, roots)
        return tally

    def _compare(self, counting: Counting, roots: set[str]) -> None:
        """Raises IncompleteRead unless each collection has what the server counted in it."""
        counted = {**self.journal.said("declared"), **self.journal.said("unknown")}
        problems = counting.differences(counted)
        unread = set(self.journal.said("roots")) - roots
        problems += [f"{name}: the collection is listed, no document of it" for name in unread]
        if problems:
            named = "; ".join(problems[:MOST_NAMED])
            more = f"; and {len(problems) - MOST_NAMED} more" if len(problems) > MOST_NAMED else ""
            raise IncompleteRead(f"{self.place}: what was read is not whole. {named}{more}.")


def page_size(live: Live) -> int:
    """Documents a page: no more than may be read in a second."""
    return min(live.page_size, live.max_reads_per_second or live.page_size)
