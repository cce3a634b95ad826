"""The real parts of a switch, opened from the settings: what `moonlanding cutover` works on.

Holds no step and no judgement. Undo: everything is closed at the end of the block. Firestore and
the HTTP server are loaded by whoever opens: every run of Dagster loads this module (0.6 s saved).
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from moonlanding_assets.cutover.switch.parts import Parts
from moonlanding_assets.cutover.switch.real import GatewayRouter, ServiceStreams, SideFences
from moonlanding_assets.errors import SettingsError
from moonlanding_assets.load.opening import reading
from moonlanding_assets.parallel.drift.checking import Drift
from moonlanding_assets.parallel.gateway.documents import Documents
from moonlanding_assets.parallel.gateway.moonlanding import MoonlandingDocuments
from moonlanding_assets.parallel.state.states import Side
from moonlanding_assets.settings import SYSTEMS, Layout, Settings

#: documents that one field of can be written back as it is: collection, field
_CANARIES = (("friday/clients", "name"), ("friday/engagements", "name"))
_TRIED = 20
_DRIFT_WAIT_SECONDS = 1.0  # of the sync, for what is on its way: a step has two


@contextmanager
def opened_parts(settings: Settings, *, gateway: str) -> Iterator[Parts]:
    """Gateway, fences of both sides, streams; raises SettingsError naming what is missing."""
    from moonlanding_assets.parallel.gateway.firestore import FirestoreDocuments
    from moonlanding_assets.parallel.gateway.serving import NOTES_FILE
    from moonlanding_assets.parallel.service.source_reading import live_readings
    from moonlanding_assets.source.firestore_wire import Home

    layout, live = settings.layout, settings.live
    notes = layout.parallel / NOTES_FILE
    homes = {
        system: Home(project=live.project(system), database=live.database, emulator=live.emulator)
        for system in SYSTEMS
    }
    with ExitStack() as opened:
        sides: dict[Side, Documents] = {
            "OLD": FirestoreDocuments(homes, notes),
            "NEW": MoonlandingDocuments(layout.database("100%")),
        }
        for side in sides.values():
            opened.callback(side.close)
        readings = opened.enter_context(live_readings(live))
        drift = Drift(layout, readings, limit_seconds=_DRIFT_WAIT_SECONDS)
        yield Parts(
            router=opened_router(layout, gateway=gateway),
            fences=SideFences(
                layout=layout, sides=sides, canary=_canary(layout, sides), notes=notes
            ),
            streams=ServiceStreams(layout=layout, drift_check=drift, notes=notes),
        )


def opened_router(layout: Layout, *, gateway: str) -> GatewayRouter:
    """The gateway with the token of its admin verbs; raises SettingsError without one."""
    from moonlanding_assets.parallel.gateway.http import read_admin_token
    from moonlanding_assets.parallel.gateway.serving import ADMIN_FILE

    token: Path = layout.parallel / ADMIN_FILE
    if not token.exists():
        raise SettingsError(
            f"no gateway has run here ({token}): start it with `moonlanding gateway`"
        )
    return GatewayRouter(address=gateway, token=read_admin_token(token))


def _canary(layout: Layout, sides: Mapping[Side, Documents]) -> tuple[str, str]:
    """A document that both sides have, and its field; a client if there is one."""
    for collection, field in _CANARIES:
        for path in _loaded(layout, collection):
            held = [side.read(path) for side in sides.values()]
            if all(one is not None and field in one for one in held):
                return path, field
    raise SettingsError(
        "no document could be a canary: both sides need a client or an engagement with a name"
    )


def _loaded(layout: Layout, collection: str) -> list[str]:
    query = (
        "SELECT path FROM migration_documents WHERE collection = ? AND outcome = 'loaded' "
        "ORDER BY path LIMIT ?"
    )
    try:
        with reading(layout.database("100%")) as connection:
            return [str(path) for (path,) in connection.execute(query, (collection, _TRIED))]
    except sqlite3.DatabaseError as error:
        raise SettingsError(f"{layout.database('100%')}: cannot be read ({error})") from error
