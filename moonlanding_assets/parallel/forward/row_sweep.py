"""Every row compared with a migration of the present documents, in a process of its own.

The comparison takes a core for minutes; beside the sync it may take it without holding anything
up. Both files are seen as they were at one moment at which nothing was pending. Repairs nothing.

    python -m moonlanding_assets.parallel.forward.row_sweep STORE DATABASE [BEFORE]

says "up", waits for a line, says "held" when it holds that moment, then the differences as JSON.
"""

import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue

import orjson

from moonlanding_assets.errors import SyncError
from moonlanding_assets.load.opening import reading
from moonlanding_assets.parallel.forward.present import Present
from moonlanding_assets.parallel.forward.synced_database import (
    exact_text,
    open_database,
    timestamp_storage,
)
from moonlanding_assets.parallel.forward.whole_sync import in_words, whole_changes, wrong_searches

MOST_DIFFERENCES = 100  # that are named; all are counted
_HOLD_SECONDS = 60.0
_UP, _HELD = "up", "held"


@dataclass(frozen=True, kw_only=True)
class Swept:
    """What a comparison came to; `differences` in words, at most a hundred of `found`."""

    found: int
    differences: tuple[str, ...]
    seconds: float


class RowSweep:
    """One comparison: begun, told its moment by the thread that writes, then waited for."""

    def __init__(self, store: Path, database: Path, existing: Path | None) -> None:
        self._started = time.monotonic()
        given = [str(one) for one in (store, database, existing) if one is not None]
        command = [sys.executable, "-m", "moonlanding_assets.parallel.forward.row_sweep", *given]
        self._process = subprocess.Popen(  # noqa: S603  our own module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            start_new_session=True,  # a Ctrl-C in the terminal is not for it
        )  # fmt: skip
        self._lines: SimpleQueue[str] = SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._is_held = False

    def step(self) -> Swept | None:
        """What it came to; None while it is not ready. Called where nothing is pending.

        Raises SyncError when it ended without an answer.
        """
        try:
            line = self._lines.get_nowait()
        except Empty:
            return None
        if line == _UP and not self._is_held:
            self._hold()
            return None
        try:
            found = orjson.loads(line)
        except ValueError:
            raise SyncError("the sweep of the rows ended without an answer") from None
        seconds = time.monotonic() - self._started
        return Swept(found=found["found"], differences=tuple(found["differences"]), seconds=seconds)

    def stop(self) -> None:
        """End it, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _hold(self) -> None:
        """Let it take hold of both files while this thread writes neither."""
        if self._process.stdin is None:
            raise SyncError("the sweep of the rows cannot be told to go")
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        try:
            said = self._lines.get(timeout=_HOLD_SECONDS)
        except Empty:
            said = ""
        if said != _HELD:
            raise SyncError("the sweep of the rows could not take hold of the database")
        self._is_held = True

    def _read(self) -> None:
        if self._process.stdout is not None:
            for line in self._process.stdout:
                self._lines.put(line.strip())
        self._lines.put("")


class _AsOfNow(Present):
    """The store as it is at one moment."""

    def hold(self) -> None:
        """From here on what is read is what there is now."""
        self._connection.execute("BEGIN")
        self._connection.execute("SELECT count(*) FROM said").fetchone()


def main(store: Path, database: Path, existing: Path | None) -> None:
    """Compare, and say what differs."""
    with _AsOfNow(store) as present, reading(database) as connection:
        connection.text_factory = exact_text
        _tell(_UP)
        if not sys.stdin.readline():
            return  # the sync is gone
        present.hold()
        connection.execute("BEGIN")
        storage = timestamp_storage(connection)
        _tell(_HELD)
        changes = whole_changes(connection, present, storage, existing=existing)
        found = sorted(map(in_words, changes))
    with closing(open_database(database)) as writer:  # the check of an index is a write
        found += wrong_searches(writer)
    _tell(orjson.dumps({"found": len(found), "differences": found[:MOST_DIFFERENCES]}).decode())


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    paths = [Path(one) for one in sys.argv[1:]]
    main(paths[0], paths[1], paths[2] if len(paths) > 2 else None)
