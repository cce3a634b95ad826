"""What the monitor measures besides the gateway: state, sync tables, disk, backups, integrity.

Everything is opened for reading only. What cannot be measured now is left out; holds no judgement.
"""

import shutil
import sqlite3
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from moonlanding_assets.cutover.soak.sample import Clock
from moonlanding_assets.errors import BackupRefused, BrokenDatabase, TargetBusy
from moonlanding_assets.load.backup_manifest import Backup, find_backups, verify_backup
from moonlanding_assets.load.files import size_bytes
from moonlanding_assets.load.integrity import check_foreign_keys, check_integrity
from moonlanding_assets.load.opening import reading, require_readable
from moonlanding_assets.parallel.backward.log import stream_state
from moonlanding_assets.parallel.drift.evidence import drift_evidence
from moonlanding_assets.parallel.gateway.watched import FDS, RSS, process
from moonlanding_assets.parallel.state.control_row import read_row
from moonlanding_assets.schema.sync import OPEN_CONFLICTS, OPEN_QUARANTINE
from moonlanding_assets.settings import Layout

INTEGRITY_EVERY_SECONDS = 900.0
INTEGRITY_FRESH_SECONDS = 2700.0

Run = Callable[[Callable[[], None]], None]
Figures = Mapping[str, float]


def in_background(work: Callable[[], None]) -> None:
    """In a thread that does not keep the process alive."""
    threading.Thread(target=work, daemon=True).start()


def state_now(layout: Layout) -> tuple[str, int]:
    """State and epoch of the durable row; raises OSError or sqlite3.Error without one."""
    if not layout.control.is_file():
        raise FileNotFoundError(layout.control)
    with reading(layout.control) as connection:
        row = read_row(connection)
    if row is None:
        raise FileNotFoundError(layout.control)
    return row.state, row.epoch


def sync_figures(layout: Layout) -> Figures:
    """conflicts, quarantined; and of the log of changes that go back to the old systems:

    change_sequence, the number of the last line ever, and change_waiting, that of the oldest line
    not carried yet, 0 when nothing waits. Without a stream back there is no such log.
    """
    with reading(layout.database("100%")) as connection:

        def figure(query: str) -> float:
            return float(connection.execute(query).fetchone()[0])

        found = {
            "conflicts": figure(f"SELECT count(*) FROM {OPEN_CONFLICTS}"),
            "quarantined": figure(f"SELECT count(*) FROM {OPEN_QUARANTINE}"),
        }
        if stream_state(connection) != "absent":
            found["change_sequence"] = figure(
                "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'sync_changes'"
            )
            found["change_waiting"] = figure(
                "SELECT coalesce(min(number), 0) FROM sync_changes WHERE NOT is_kept"
            )
    return found


def disk_figures(layout: Layout) -> Figures:
    """disk_free_share, wal_bytes, database_bytes (its log included)."""
    disk = shutil.disk_usage(layout.data)
    found = {"disk_free_share": disk.free / disk.total}
    database = layout.database("100%")
    if database.is_file():
        log = Path(f"{database}-wal")
        found["wal_bytes"] = float(log.stat().st_size if log.exists() else 0)
        found["database_bytes"] = float(size_bytes(database))
    return found


def own_figures(layout: Layout) -> Figures:
    """monitor_rss_bytes and monitor_fds: of this very process."""
    del layout
    found = process()
    wanted = {"monitor_rss_bytes": RSS, "monitor_fds": FDS}
    return {key: found[name] for key, name in wanted.items() if name in found}


@dataclass
class Backups:
    """The age of the newest backup of the database whose every byte is as it was taken."""

    verified: dict[str, bool] = field(default_factory=dict)

    def figures(self, layout: Layout, now: datetime) -> Figures:
        """backup_age_seconds; nothing without one, or when it is of a time to come."""
        source = str(layout.database("100%").relative_to(layout.data))
        for backup in reversed(find_backups(layout)):
            manifest = backup.manifest
            if manifest.source != source or manifest.kind != "database":
                continue
            if self._is_sound(backup):
                age = (now - datetime.fromisoformat(manifest.taken_at)).total_seconds()
                return {"backup_age_seconds": age} if age >= 0 else {}
        return {}

    def _is_sound(self, backup: Backup) -> bool:
        """Read once; it cannot become another one without another name."""
        if backup.name not in self.verified:
            try:
                verify_backup(backup.directory)
                self.verified[backup.name] = True
            except BackupRefused:
                self.verified[backup.name] = False
        return self.verified[backup.name]


@dataclass(frozen=True, kw_only=True)
class Checked:
    """The last result of the two checks of the whole file, and when it was there."""

    integrity_faults: float
    foreign_key_faults: float
    elapsed: float


@dataclass
class Integrity:
    """Both checks of the database from time to time: they read all of it."""

    clock: Clock
    run: Run = in_background
    last: Checked | None = None
    begun: float | None = None
    is_running: bool = False

    def figures(self, layout: Layout) -> Figures:
        """The last result with its age while it is young; begins the next one when it is due."""
        now = self.clock.elapsed()
        is_due = self.begun is None or now - self.begun >= INTEGRITY_EVERY_SECONDS
        if is_due and not self.is_running:
            self.begun, self.is_running = now, True
            self.run(lambda: self._check(layout.database("100%")))
        if self.last is None or now - self.last.elapsed > INTEGRITY_FRESH_SECONDS:
            return {}
        return {
            "integrity_faults": self.last.integrity_faults,
            "foreign_key_faults": self.last.foreign_key_faults,
            "integrity_age_seconds": now - self.last.elapsed,
        }

    def _check(self, database: Path) -> None:
        try:
            with reading(database) as connection:
                require_readable(connection, database)
                self.last = Checked(
                    integrity_faults=_faults(check_integrity, connection),
                    foreign_key_faults=_faults(check_foreign_keys, connection),
                    elapsed=self.clock.elapsed(),
                )
        except (sqlite3.Error, TargetBusy, OSError):
            return  # nothing was measured: the result of before gets older
        finally:
            self.is_running = False


def _faults(check: Callable[[sqlite3.Connection], None], connection: sqlite3.Connection) -> float:
    try:
        check(connection)
    except BrokenDatabase:
        return 1.0
    return 0.0


def drift_figures(layout: Layout, now: datetime) -> Figures:
    """drift: documents that differ, confirmed by the newest check while it is young."""
    found = drift_evidence(layout, now=now)
    return {"drift": float(found["drift"])} if "drift" in found else {}
