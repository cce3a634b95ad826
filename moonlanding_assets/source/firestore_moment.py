"""One read time for both systems, kept until both are read, so that a stopped run can go on.

The file lies beside the snapshots. Holds no request; who reads, and what became of it, is
firestore.py's.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from moonlanding_assets.contract.catalogue import COLLECTIONS
from moonlanding_assets.errors import SettingsError
from moonlanding_assets.live_settings import Live
from moonlanding_assets.settings import SYSTEMS
from moonlanding_assets.source.replacing import flush_file
from moonlanding_assets.source.withholding import url_places

FILE = ".live.json"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Moment:
    """The read time (us since 1970 UTC), what is read, and the digests of what is published."""

    read_time_us: int
    identity: Mapping[str, Any]
    published: Mapping[str, str]

    def with_published(self, system: str, digest: str) -> "Moment":
        """The same, once the snapshot of one system is in its place."""
        return replace(self, published={**self.published, system: digest})

    @property
    def is_over(self) -> bool:
        """Whether both systems are read."""
        return set(self.published) == set(SYSTEMS)


def identity_of(live: Live) -> dict[str, Any]:
    """What must be the same to go on with what was read: places, and what is kept of a document."""
    rules = [
        [one.key, one.patterns, one.presence, sorted(one.secret_fields), url_places(one)]
        for one in COLLECTIONS
    ]
    return {
        "friday": live.friday_project,
        "mwr": live.mwr_project,
        "database": live.database,
        "emulator": live.emulator,
        "rules": hashlib.sha256(json.dumps(rules).encode()).hexdigest(),
    }


def wanted_us(read_time: str) -> int | None:
    """A read time as us since 1970 UTC, None for ""; raises SettingsError where it is none."""
    if not read_time:
        return None
    try:
        moment = datetime.fromisoformat(read_time)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise SettingsError(
            f"the read time {read_time} is no moment: write it as 2026-02-05T07:00:00Z, with a "
            f"time zone"
        )
    return (moment - _EPOCH) // timedelta(microseconds=1)


def kept_moment(directory: Path, identity: Mapping[str, Any]) -> Moment | None:
    """The moment of a live snapshot that is not finished; None where there is none of this kind."""
    try:
        content = json.loads((directory / FILE).read_text())
        moment = Moment(**content)
    except (OSError, ValueError, TypeError):
        return None
    return moment if moment.identity == identity else None


def keep(directory: Path, moment: Moment) -> None:
    """Write it down, whole or not at all; take it away when both systems are read."""
    file = directory / FILE
    if moment.is_over:
        file.unlink(missing_ok=True)
        return
    directory.mkdir(parents=True, exist_ok=True)
    content = {
        "read_time_us": moment.read_time_us,
        "identity": dict(moment.identity),
        "published": dict(moment.published),
    }
    writing = file.with_suffix(".writing")
    handle = os.open(writing, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as stream:
        stream.write(json.dumps(content))
    flush_file(writing)
    writing.replace(file)
    flush_file(directory)


def forget(directory: Path) -> None:
    """Take it away: the next run chooses a new read time."""
    (directory / FILE).unlink(missing_ok=True)
