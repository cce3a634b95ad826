"""The sync of a data directory opened: its store begun if it is not there, its systems followed.

Holds which files and which databases belong together; nothing is listened to before it is started.
"""

import hashlib
import uuid
from pathlib import Path
from queue import SimpleQueue

import moonlanding_assets
from moonlanding_assets.contract.catalogue import SYSTEM_ROOTS
from moonlanding_assets.live_settings import Live
from moonlanding_assets.load.before import open_before
from moonlanding_assets.parallel.forward.present import Present
from moonlanding_assets.parallel.forward.stream import ForwardSync
from moonlanding_assets.parallel.service.following import Followed, Following
from moonlanding_assets.parallel.service.listen_stream import ListenStream
from moonlanding_assets.parallel.service.listen_targets import targets_of
from moonlanding_assets.parallel.service.listener import Listener, Message
from moonlanding_assets.parallel.service.places import present_file
from moonlanding_assets.parallel.service.server_clock import ServerClock
from moonlanding_assets.parallel.service.source_reading import SourceReading
from moonlanding_assets.parallel.state.beginning import begin_from_snapshots
from moonlanding_assets.settings import SYSTEMS, Layout
from moonlanding_assets.source.clock import SystemClock
from moonlanding_assets.source.collection_file import file_sha256
from moonlanding_assets.source.firestore_api import Counted, FirestoreApi
from moonlanding_assets.source.firestore_retry import Pace, Patience
from moonlanding_assets.source.firestore_wire import Home
from moonlanding_assets.source.snapshot import Snapshot

_TIMEOUT_SECONDS = 60.0
_CLOCK_TIMEOUT_SECONDS = 5.0


def open_sync(layout: Layout) -> ForwardSync:
    """The sync of data/app.db; its store is begun from the snapshots where there is none yet.

    Raises SyncError, SnapshotError. Close the sync, then its `present`.
    """
    file = present_file(layout)
    if not file.exists():
        snapshots = {system: Snapshot.open(layout.snapshot(system)) for system in SYSTEMS}
        begin_from_snapshots(file, snapshots, notes={})
    present = Present(file)
    try:
        _compare_after_a_change(present)
        before = layout.snapshot("moonlanding")
        existing = open_before(before).copy(before)
        return ForwardSync(present, layout.database("100%"), existing=existing)
    except BaseException:
        present.close()
        raise


def _compare_after_a_change(present: Present) -> None:
    """Where contract or mappings are others than last time, the rows are compared whole.

    As if they followed another store: what they hold of it is then certain of nothing.
    """
    engine = _engine_digest()
    if present.notes.get("engine") != engine:
        present.say("store", uuid.uuid4().hex)
        present.say("engine", engine)


def _engine_digest() -> str:
    """Hex SHA-256 over the program text that says how documents become rows."""
    package = Path(moonlanding_assets.__file__).parent
    total = hashlib.sha256()
    for part in ("contract", "mapping", "normalize", "schema"):
        for file in sorted((package / part).rglob("*.py")):
            total.update(file_sha256(file).encode())
    return total.hexdigest()


def follow_live(sync: ForwardSync, live: Live) -> Following:
    """Both live systems, ready to be followed."""
    queue: SimpleQueue[Message] = SimpleQueue()
    return Following(sync, queue, {system: _followed(system, live, queue) for system in SYSTEMS})


def _followed(system: str, live: Live, queue: "SimpleQueue[Message]") -> Followed:
    home = Home(project=live.project(system), database=live.database, emulator=live.emulator)
    targets, clock = targets_of(system), SystemClock()
    pace = Pace(clock=clock, limit=live.max_reads_per_second)
    patience = Patience(clock=clock, pace=pace)
    api = FirestoreApi(home, timeout_seconds=_TIMEOUT_SECONDS, pace=pace)
    return Followed(
        listener=Listener(
            system=system, home=home, targets=targets, queue=queue, patience=patience
        ),
        stream=ListenStream(system, home.root, targets),
        reading=SourceReading(system=system, api=api, patience=patience, page_size=live.page_size),
        clock=_clock(system, home),
    )


def _clock(system: str, home: Home) -> ServerClock:
    """Asked on a channel of its own, so that a long reading does not keep it waiting."""
    pace = Pace(clock=SystemClock())
    api = FirestoreApi(home, timeout_seconds=_CLOCK_TIMEOUT_SECONDS, pace=pace)
    few = Counted(collection=SYSTEM_ROOTS[system][0], is_deep=False)

    def ask() -> int:
        return api.count(few, read_time_us=None)[1]

    return ServerClock(ask, close=api.close)
