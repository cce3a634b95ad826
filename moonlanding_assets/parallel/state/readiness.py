"""The figures of a switch that nothing else measures: room on the disk, age of the newest backup.

Measured now, by reading. A figure that cannot be had is left out. Decides nothing.
"""

import shutil
from datetime import UTC, datetime
from typing import Any

from moonlanding_assets.errors import BackupRefused
from moonlanding_assets.load.backup_manifest import find_backups, verify_backup
from moonlanding_assets.settings import Layout


def disk_evidence(layout: Layout) -> dict[str, Any]:
    """disk_free_share: of the disk that holds the data directory."""
    if not layout.data.is_dir():
        return {}
    disk = shutil.disk_usage(layout.data)
    return {"disk_free_share": disk.free / disk.total}


def backup_evidence(layout: Layout, *, now: datetime | None = None) -> dict[str, Any]:
    """backup_age_seconds of the newest backup of data/app.db of which every byte is as it was.

    A backup that would come from the future says nothing: the clock was set back since.
    """
    source = str(layout.database("100%").relative_to(layout.data))
    moment = now or datetime.now(UTC)
    for one in reversed(find_backups(layout)):
        manifest = one.manifest
        if manifest.source != source or manifest.kind != "database":
            continue
        age_seconds = (moment - datetime.fromisoformat(manifest.taken_at)).total_seconds()
        try:
            verify_backup(one.directory)
        except BackupRefused:
            continue
        return {"backup_age_seconds": age_seconds} if age_seconds >= 0 else {}
    return {}
