"""A live source opened: the read time agreed on, what a stopped run left taken up or thrown away.

Says what it does, and what it will cost, before it reads. Holds no reading of documents
(firestore_source.py) and no request (firestore_api.py).
"""

import random
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from moonlanding_assets.contract.catalogue import SYSTEM_ROOTS
from moonlanding_assets.errors import ReadTimeRefused, SnapshotError
from moonlanding_assets.live_settings import Live
from moonlanding_assets.settings import SYSTEMS
from moonlanding_assets.source import firestore_moment as moments
from moonlanding_assets.source.clock import Clock, SystemClock
from moonlanding_assets.source.firestore_api import Counted, FirestoreApi
from moonlanding_assets.source.firestore_journal import Journal
from moonlanding_assets.source.firestore_moment import Moment
from moonlanding_assets.source.firestore_names import divided, without
from moonlanding_assets.source.firestore_retry import Pace, Patience
from moonlanding_assets.source.firestore_source import Asking, LiveSource, page_size
from moonlanding_assets.source.firestore_wire import Home
from moonlanding_assets.source.manifest import Manifest
from moonlanding_assets.source.snapshot import Snapshot
from moonlanding_assets.source.value import timestamp_text
from moonlanding_assets.source.withholding import secret_stems

PARTITIONED = "list"  # the collection id of nearly all of both systems, or of what they are below
PARTS_A_THREAD = 4
KEPT_SECONDS = 3600  # how long Firestore keeps its past without point-in-time recovery

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What reading stands on; tests bring a clock that does not wait, and a chance with a seed."""

    clock: Clock = field(default_factory=SystemClock)
    chance: random.Random = field(default_factory=random.Random)
    timeout_seconds: float = 60.0


@dataclass(frozen=True, kw_only=True)
class _Opening:
    system: str
    live: Live
    directory: Path
    home: Home
    api: FirestoreApi
    patience: Patience
    clock: Clock
    say: Say


def already_taken(system: str, live: Live, directory: Path) -> Manifest | None:
    """The snapshot of the system, if the live snapshot that is not finished has it already.

    So a run that was stopped while it read the other system does not read this one again.
    """
    moment = _kept(system, live, directory)
    if moment is None or system not in moment.published:
        return None
    try:
        snapshot = Snapshot.open(directory / system)
    except SnapshotError:
        return None
    return snapshot.manifest if snapshot.digest == moment.published[system] else None


def open_live(
    system: str, live: Live, directory: Path, *, say: Say, tools: Tools | None = None
) -> LiveSource:
    """The system's database, ready to be read from where a stopped run left it, or from the start.

    `directory` is that of the snapshots; `say` is told what a person should know, the cost
    included. Close it when done. Raises AccessRefused, ReadTimeRefused, LiveReadError, and
    SettingsError for a read time that is no time.
    """
    used = tools or Tools()
    pace = Pace(clock=used.clock, limit=live.max_reads_per_second)
    home = Home(project=live.project(system), database=live.database, emulator=live.emulator)
    opening = _Opening(
        system=system,
        live=live,
        directory=directory,
        home=home,
        api=FirestoreApi(home, timeout_seconds=used.timeout_seconds, pace=pace),
        patience=Patience(clock=used.clock, pace=pace, chance=used.chance),
        clock=used.clock,
        say=say,
    )
    try:
        return _opened(opening)
    except BaseException:
        opening.api.close()
        raise


def _opened(opening: _Opening) -> LiveSource:
    kept = _kept(opening.system, opening.live, opening.directory)
    if kept is None:
        return _begun(opening, _new_moment(opening))
    try:
        return _begun(opening, kept)
    except ReadTimeRefused as error:
        if opening.live.read_time:
            raise
        opening.say(f"{opening.system}: {error}. Starting over at a new read time.")
        return _begun(opening, replace(_new_moment(opening), published=kept.published))


def _kept(system: str, live: Live, directory: Path) -> Moment | None:
    """The moment to go on with; None where there is none, or where nobody stopped.

    Who takes one system again and again, without the other, gets it as it is now.
    """
    moment = moments.kept_moment(directory, moments.identity_of(live))
    wanted = moments.wanted_us(live.read_time)
    if moment is None or wanted not in (None, moment.read_time_us):
        return None
    others = [one for one in SYSTEMS if one != system]
    is_stopped = any(_journal_of(one, directory).exists() for one in others)
    return None if system in moment.published and not is_stopped else moment


def _journal_of(system: str, directory: Path) -> Path:
    return directory / f".{system}.live"


def _new_moment(opening: _Opening) -> Moment:
    read_time_us = moments.wanted_us(opening.live.read_time)
    if read_time_us is None:
        root = SYSTEM_ROOTS[opening.system][0]
        ask = partial(opening.api.count, Counted(collection=root, is_deep=False), read_time_us=None)
        read_time_us = opening.patience.ask(f"{opening.home}: the time", ask)[1]
    return Moment(
        read_time_us=read_time_us, identity=moments.identity_of(opening.live), published={}
    )


def _begun(opening: _Opening, moment: Moment) -> LiveSource:
    asking = Asking(api=opening.api, patience=opening.patience, read_time_us=moment.read_time_us)
    journal = _journal(opening, moment, asking)
    moments.keep(opening.directory, moment)
    return LiveSource(
        system=opening.system,
        live=opening.live,
        directory=opening.directory,
        moment=moment,
        asking=asking,
        journal=journal,
        clock=opening.clock,
    )


def _journal(opening: _Opening, moment: Moment, asking: Asking) -> Journal:
    """What a stopped run left, if it is of the same moment; else a new one, counted and divided."""
    directory = _journal_of(opening.system, opening.directory)
    of = {**moment.identity, "read_time_us": moment.read_time_us}
    journal = Journal.resume(directory)
    if journal is not None:
        with ExitStack() as closing:
            closing.callback(journal.close)
            if _is_usable(opening, journal, asking, of):
                closing.pop_all()
                return journal
    return _new_journal(opening, asking, directory, of)


def _is_usable(opening: _Opening, journal: Journal, asking: Asking, of: Mapping[str, Any]) -> bool:
    """Whether to go on with it: it is of this moment, and Firestore says the same of it as then."""
    documents, read = journal.said("documents"), journal.documents()
    if journal.said("of") != of:
        opening.say(
            f"{opening.system}: a stopped run read {read:,} documents of another moment or place, "
            f"or by other rules: they are thrown away. Starting over."
        )
        return False
    is_read = all(part.is_done for part in journal.parts())
    if not is_read and asking.everything() != documents:
        opening.say(f"{opening.system}: Firestore counts otherwise than before. Starting over.")
        return False
    opening.say(
        f"{opening.system}: going on at {timestamp_text(asking.read_time_us)}, {read:,} of "
        f"{documents:,} documents are read already."
    )
    return True


def _new_journal(
    opening: _Opening, asking: Asking, directory: Path, of: Mapping[str, Any]
) -> Journal:
    documents = asking.everything()
    notes = {
        "of": of,
        "documents": documents,
        "declared": asking.declared(opening.system),
        "secrets": asking.secrets(),
        "roots": asking.root_collections(),
    }
    ranges = divided(without(secret_stems()), _cursors(opening, asking, documents))
    journal = Journal.create(directory)
    journal.begin(ranges, notes)
    opening.say(_estimate(opening, asking, documents=documents, parts=len(ranges)))
    return journal


def _cursors(opening: _Opening, asking: Asking, documents: int) -> list[str]:
    """Where to cut the database, so that its parts can be read at once; [] for nowhere."""
    live = opening.live
    parts = min(live.parallel * PARTS_A_THREAD, documents // page_size(live))
    if live.parallel == 1 or parts < 2:
        return []
    ask = partial(opening.api.cursors, PARTITIONED, parts=parts, read_time_us=asking.read_time_us)
    return opening.patience.ask(f"{opening.home}: where to cut it", ask)


def _estimate(opening: _Opening, asking: Asking, *, documents: int, parts: int) -> str:
    """What will be read, and what it costs."""
    limit = opening.live.max_reads_per_second
    ends = datetime.fromtimestamp(asking.read_time_us / 1e6 + KEPT_SECONDS, tz=UTC)
    slow = f" At most {limit:,} reads a second: {documents / limit:,.0f} s." if limit else ""
    counting = opening.patience.pace.reads
    return (
        f"{opening.system}: {opening.home}, read time {timestamp_text(asking.read_time_us)}: "
        f"{documents:,} documents to read in {parts} parts, about {documents + counting:,} billed "
        f"reads ({counting:,} of them were for counting).{slow} Without point-in-time recovery "
        f"Firestore keeps that time until {ends:%H:%M:%S} UTC."
    )
