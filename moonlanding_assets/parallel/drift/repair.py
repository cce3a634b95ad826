"""Repair of drift: what differs is made what the authority holds. Only by command, and noted.

OLD is the authority until the switch: the document as it is there goes through the forward sync as
an event, like any change. From the switch on it is NEW: the document as its rows give it goes back
(backward/stream.py). Where a running sync holds the database, it is asked by a file in
data/parallel/requests, and answers there. There is no undo: what was there before was nobody's.
"""

import os
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from moonlanding_assets.errors import MoonlandingError, SyncError
from moonlanding_assets.load.files import put_in_place
from moonlanding_assets.parallel.backward.stream import BackwardSync
from moonlanding_assets.parallel.drift.checking import authority_of
from moonlanding_assets.parallel.drift.record import checks, hidden_paths, real_paths, shown
from moonlanding_assets.parallel.drift.sides import NewSide, OldReading
from moonlanding_assets.parallel.forward.changes import Event, delete_event, set_event
from moonlanding_assets.parallel.forward.stream import ForwardSync
from moonlanding_assets.parallel.state.control_row import utc_now
from moonlanding_assets.settings import Layout
from moonlanding_assets.source.clock import Clock
from moonlanding_assets.source.taking import system_of

LOOK_EVERY_SECONDS = 0.2


@dataclass(frozen=True, kw_only=True)
class Repair:
    """What is to be repaired, and at whose word. `key` names it for ever."""

    key: str
    by: str
    at: str
    paths: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Repaired:
    """What came of it. rows: changed in the database; put_back: rows that only a comparison of all
    found, noted as conflicts; left: documents that still differ. `problem`: why nothing was done.
    """

    key: str
    events: int
    rows: int
    put_back: int = 0
    left: int = 0
    problem: str = ""


def planned(layout: Layout, paths: Sequence[str], *, by: str) -> Repair:
    """The repair of these documents, named as they are or as they are shown; of all without any.

    All are those that the last check confirmed. Raises SyncError where there is nothing to repair,
    and where a path is of neither system.
    """
    kept = checks(layout)
    hidden = hidden_paths(layout, kept[0].number) if kept else {}
    found = [hidden.get(path, path) for path in paths]
    if not paths:
        found = real_paths(layout, kept[0].number) if kept else []
    if not found:
        raise SyncError("there is nothing to repair: the last drift check confirmed no difference")
    strange = [path for path in found if not system_of(path) or path.count("/") % 2 == 0]
    if strange:
        raise SyncError(f"{shown(strange[0])}: is no path of a document of either system")
    return Repair(key=uuid.uuid4().hex, by=by, at=utc_now(), paths=tuple(sorted(set(found))))


def events_of(paths: Sequence[str], old: Mapping[str, OldReading]) -> list[Event]:
    """Each document as the old system holds it now, as an event of that moment."""
    events: list[Event] = []
    for system, one in old.items():
        mine = [path for path in paths if system_of(path) == system]
        if not mine:
            continue
        moment = one.moment()
        for path, held in one.lookup(mine, moment).items():
            if held is None:
                events.append(delete_event(path, version=moment))
            else:
                events.append(set_event(path, held.document.fields, version=moment))
    return events


def carry_out(
    layout: Layout,
    repair: Repair,
    sync: ForwardSync,
    old: Mapping[str, OldReading],
    back: BackwardSync | None = None,
) -> Repaired:
    """Make the documents the authority's on the other side, and note it in the log of repairs.

    back: what carries NEW's; raises SyncError where NEW is the authority and there is none.
    """
    is_new = authority_of(layout) == "NEW"
    if is_new and back is None:
        raise SyncError(
            "Moonlanding is the authority, and the running sync carries its documents back: "
            "`moonlanding parallel start`, then repair again"
        )
    done = _from_new(repair, back) if is_new and back else _from_old(repair, sync, old)
    note(layout, repair, done)
    return done


def _from_new(repair: Repair, back: BackwardSync) -> Repaired:
    """What the old systems held otherwise is kept in sync_conflicts, which shuts the gate."""
    events = left = 0
    for path in repair.paths:
        try:
            sent = back.make_equal((path,))
        except SyncError as error:
            raise SyncError(f"{shown(path)}: {error}") from error
        events, left = events + sent.written + sent.deleted, left + sent.left
    return Repaired(key=repair.key, events=events, rows=0, left=left)


def _from_old(repair: Repair, sync: ForwardSync, old: Mapping[str, OldReading]) -> Repaired:
    """Put the documents' events through the sync.

    A row that many documents share (a merged user) follows from them all, so an event of one need
    not touch it: where documents still differ, every row is compared, and what was found is noted
    in sync_conflicts, which shuts the gate.
    """
    events = events_of(repair.paths, old)
    applied = sync.apply(events)
    found: tuple[str, ...] = ()
    if left := _differing(sync.database, events):
        found = sync.sweep(is_repair=True)
        left = _differing(sync.database, events)
    return Repaired(
        key=repair.key, events=applied.events, rows=sum(applied.rows.values()),
        put_back=len(found), left=left,
    )  # fmt: skip


def take_requests(
    layout: Layout,
    sync: ForwardSync,
    old: Mapping[str, OldReading],
    back: BackwardSync | None = None,
) -> int:
    """Carry out what was asked by file, and answer beside it; how many there were.

    For the process that holds the database. What fails is answered with its problem, and not
    tried again.
    """
    waiting = sorted(_requests(layout).glob("*.json"))
    for file in waiting:
        try:
            done = carry_out(layout, _read(file), sync, old, back)
        except (MoonlandingError, ValueError, TypeError, KeyError) as error:
            done = Repaired(key=file.stem, events=0, rows=0, problem=str(error))
        put_in_place(_answer(layout, file.stem), orjson.dumps(asdict(done)))
        file.unlink()
    return len(waiting)


def ask(layout: Layout, repair: Repair, *, clock: Clock, limit_seconds: float) -> Repaired:
    """Ask the process that holds the database, and wait for its answer; raises SyncError."""
    request = _requests(layout) / f"{repair.key}.json"
    put_in_place(request, orjson.dumps(asdict(repair)))
    end = clock.monotonic() + limit_seconds
    answer = _answer(layout, repair.key)
    while not answer.exists():
        if clock.monotonic() >= end:
            request.unlink(missing_ok=True)
            raise SyncError(
                f"the running sync did not take up the repair in {limit_seconds:.0f} s: look at "
                "`moonlanding parallel status`, or stop it and repair again"
            )
        clock.pause(LOOK_EVERY_SECONDS)
    done = Repaired(**orjson.loads(answer.read_bytes()))
    answer.unlink()
    if done.problem:
        raise SyncError(f"the running sync could not repair: {done.problem}")
    return done


def note(layout: Layout, repair: Repair, done: Repaired) -> None:
    """Add a line to the log of repairs, paths as shown; durable on return."""
    line: dict[str, Any] = {
        **asdict(repair), **asdict(done), "paths": [shown(path) for path in repair.paths],
    }  # fmt: skip
    descriptor = os.open(log_file(layout), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, orjson.dumps(line) + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def log_file(layout: Layout) -> Path:
    """One line a repair, only ever added to."""
    return layout.parallel / "repairs.jsonl"


def _differing(database: Path, events: Sequence[Event]) -> int:
    """How many of these documents are not in the rows as their events say."""
    wanted = {one.path: one.sha256 for one in events if one.op == "set"}
    with NewSide(database) as new:
        held = {one.path: one.sha256 for one in new.named([one.path for one in events])}
    return sum(held.get(one.path) != wanted.get(one.path) for one in events)


def _read(file: Path) -> Repair:
    held = orjson.loads(file.read_bytes())
    return Repair(**{**held, "paths": tuple(held["paths"])})


def _requests(layout: Layout) -> Path:
    return layout.parallel / "requests"


def _answer(layout: Layout, key: str) -> Path:
    return _requests(layout) / "answers" / f"{key}.json"
