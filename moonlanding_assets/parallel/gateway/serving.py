"""The gateway as a process: its sides from the settings, its admin token, its port, its end.

Holds no route and no handler.
"""

import asyncio
import errno
import os
import secrets
import signal
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from moonlanding_assets.errors import SettingsError
from moonlanding_assets.load.opening import reading
from moonlanding_assets.parallel.gateway.documents import Documents, kept_open
from moonlanding_assets.parallel.gateway.evidence import Kept
from moonlanding_assets.parallel.gateway.firestore import FirestoreDocuments
from moonlanding_assets.parallel.gateway.http import gateway, read_admin_token
from moonlanding_assets.parallel.gateway.moonlanding import MoonlandingDocuments
from moonlanding_assets.parallel.gateway.router import Router
from moonlanding_assets.parallel.state.control import Control
from moonlanding_assets.parallel.state.states import Side
from moonlanding_assets.settings import SYSTEMS, Settings
from moonlanding_assets.source.firestore_wire import Home

ADMIN_FILE = "admin.token"  # beside the control database
NOTES_FILE = "old_side.db"
STOP_SECONDS = 4.0

Say = Callable[[str], None]


def serve(settings: Settings, *, host: str, port: int, say: Say) -> None:
    """Serve until SIGTERM or SIGINT; `say` is told the address. Port 0: any that is free.

    When told to stop, no new connection is taken, and writes that are under way end (5 s at most;
    what is held gets its 503). Raises SettingsError without a migrated database, a state row or the
    projects' names, and when the port is taken.
    """
    database = settings.layout.database("100%")
    control = settings.layout.control
    if not database.is_file() or not control.is_file():
        raise SettingsError(
            f"the gateway needs {database} (migrate 100% first) and {control} "
            "(`moonlanding parallel begin --by NAME`)"
        )
    token = read_admin_token(_admin_file(control.with_name(ADMIN_FILE)))
    live = settings.live
    homes = {
        system: Home(project=live.project(system), database=live.database, emulator=live.emulator)
        for system in SYSTEMS
    }
    old = FirestoreDocuments(homes, control.with_name(NOTES_FILE))
    sides: dict[Side, Documents] = {"OLD": old, "NEW": MoonlandingDocuments(database)}
    row = Control(control).row()
    if row is not None and row.epoch == 0 and row.is_gate_open:
        old.begin(row.epoch)

    def made() -> web.Application:
        router = Router(Control(control), sides, kept=Kept(control.parent))
        return gateway(router, admin_token=token, health_path=_first(database))

    idle = kept_open(control)
    try:
        asyncio.run(_serve(made, host=host, port=port, say=say))
    finally:
        idle.close()
        for side in sides.values():
            side.close()


async def _serve(made: Callable[[], web.Application], *, host: str, port: int, say: Say) -> None:
    """The application is made in the loop that it belongs to."""
    runner = web.AppRunner(made(), access_log=None, shutdown_timeout=STOP_SECONDS)
    await runner.setup()
    try:
        await _listening(runner, host, port)
        bound = runner.addresses[0][1]
        say(f"listening on http://{f'[{host}]' if ':' in host else host}:{bound}")
        await _asked_to_stop()
    finally:
        await runner.cleanup()


async def _listening(runner: web.AppRunner, host: str, port: int) -> None:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        known = {errno.EADDRINUSE: "somebody listens there already", errno.EACCES: "not allowed"}
        why = known.get(error.errno or 0, "there is no such address here")
        raise SettingsError(
            f"{host}:{port}: {why}; choose another with --port (0: any that is free)"
        ) from None


async def _asked_to_stop() -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, stopped.set)
    await stopped.wait()


def _admin_file(file: Path) -> Path:
    """The file of the token, made with a new one when there is none: whole, or not at all."""
    if not file.exists():
        fresh = file.with_name(f"{file.name}.{os.getpid()}")
        descriptor = os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        os.write(descriptor, f"{secrets.token_hex(32)}\n".encode("ascii"))
        os.close(descriptor)
        fresh.replace(file)
    return file


def _first(database: Path) -> str:
    """A document that both sides have: the first one of the ledger."""
    with reading(database) as connection:
        return str(connection.execute("SELECT min(path) FROM migration_documents").fetchone()[0])
