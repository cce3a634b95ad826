"""The sync of a data directory opened: its store begun if it is not there, its systems followed.

Holds which files and which databases belong together; nothing is listened to before it is started.
"""

from pathlib import Path
from queue import SimpleQueue

from moonlanding_assets.live_settings import Live
from moonlanding_assets.load.before import open_before
from moonlanding_assets.parallel.beginning import begin_from_snapshots
from moonlanding_assets.parallel.following import Followed, Following
from moonlanding_assets.parallel.forward_sync import ForwardSync
from moonlanding_assets.parallel.listen_stream import ListenStream
from moonlanding_assets.parallel.listen_targets import targets_of
from moonlanding_assets.parallel.listener import Listener, Message
from moonlanding_assets.parallel.present import Present
from moonlanding_assets.parallel.source_reading import SourceReading
from moonlanding_assets.settings import SYSTEMS, Layout
from moonlanding_assets.source.firestore_api import FirestoreApi
from moonlanding_assets.source.firestore_retry import Pace, Patience, SystemClock
from moonlanding_assets.source.firestore_wire import Home
from moonlanding_assets.source.snapshot import Snapshot

_TIMEOUT_SECONDS = 60.0


def present_file(layout: Layout) -> Path:
    """Where the present state of the old systems is kept."""
    return layout.data / "parallel" / "present.db"


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
        before = layout.snapshot("moonlanding")
        existing = open_before(before).copy(before)
        return ForwardSync(present, layout.database("100%"), existing=existing)
    except BaseException:
        present.close()
        raise


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
    )
