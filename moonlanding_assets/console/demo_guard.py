"""The demo writes invented data only where nothing else is: the one question asked before it runs.

Holds no work and no rendering.
"""

from moonlanding_assets.cutover.signoff import is_demo
from moonlanding_assets.errors import SettingsError
from moonlanding_assets.load.before import MANIFEST, open_before
from moonlanding_assets.load.published import standing_of
from moonlanding_assets.pipeline.p1_target import TARGET
from moonlanding_assets.settings import SYSTEMS, Layout


def require_free_of_real_data(layout: Layout) -> None:
    """Raise SettingsError where a snapshot of real data or a production database is."""
    found = _real_data(layout)
    if found:
        raise SettingsError(
            f"{found}: the demo would put invented data in its place. Give the demo a directory of "
            "its own: `moonlanding --data DIRECTORY demo`"
        )


def _real_data(layout: Layout) -> str:
    has_snapshot = any((layout.snapshot(one) / MANIFEST).exists() for one in SYSTEMS)
    if has_snapshot and not is_demo(layout):
        return f"{layout.snapshot('')} holds a snapshot of real data"
    target = layout.snapshot(TARGET)
    if (target / MANIFEST).exists() and open_before(target).kind == "database":
        return f"{target} holds the copy of a production database"
    database = layout.database("100%")
    if standing_of(database).kind == "production":
        return f"{database} is a production database"
    return ""
