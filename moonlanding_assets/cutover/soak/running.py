"""The monitor started here or beside the terminal, one sample by hand, and the way back armed.

Holds processes and signals; what the monitor does is in monitor.py.
"""

import signal
import sqlite3
import threading
from contextlib import closing
from types import FrameType

from moonlanding_assets.cutover.notice import Recipients
from moonlanding_assets.cutover.soak.judging import Judged
from moonlanding_assets.cutover.soak.monitor import Means, Monitor, Reverse, Say, soak_service
from moonlanding_assets.cutover.soak.sample import WallClock
from moonlanding_assets.cutover.soak.scrape import require_loopback
from moonlanding_assets.cutover.soak.store import SoakStore, soak_file
from moonlanding_assets.errors import SettingsError
from moonlanding_assets.load.opening import reading
from moonlanding_assets.parallel.state.control_row import utc_now
from moonlanding_assets.settings import Layout, Settings


def means_of(settings: Settings, *, gateway: str, reverse: Reverse | None = None) -> Means:
    """What the settings say; raises SettingsError for a gateway of another machine."""
    recipients = Recipients(url=settings.notify_url, call=settings.notify_call)
    return Means(gateway=require_loopback(gateway), recipients=recipients, reverse=reverse)


def watch_here(
    settings: Settings, *, gateway: str, say: Say, reverse: Reverse | None = None
) -> None:
    """Watch until SIGTERM or Ctrl-C; raises ServiceRefused when somebody watches already.

    reverse: what an armed monitor calls with the reason; without it going back is only proposed.
    """
    layout = settings.layout
    means = means_of(settings, gateway=gateway, reverse=reverse)
    with soak_service(layout).only():
        _interrupt_on_signals()

        def spoken(text: str) -> None:
            say(f"{utc_now()} {text}")

        with closing(Monitor(layout, means, say=spoken)) as monitor:
            spoken(f"watching {means.gateway}")
            try:
                monitor.run()
            except KeyboardInterrupt:
                spoken("stopped: from here on there is a gap")


def start_soak(settings: Settings, *, gateway: str) -> int:
    """Watch in a process of its own; its id, once it has taken a sample."""
    layout = settings.layout
    service = soak_service(layout)
    before = _samples(layout)
    arguments = ["--data", str(settings.data), "soak", "start", "--foreground"]

    def is_ready(process: int) -> bool:
        return service.process() == process and _samples(layout) > before

    address = require_loopback(gateway)
    return service.start([*arguments, f"--gateway={address}"], is_ready=is_ready)


def take_one_sample(settings: Settings, *, gateway: str, say: Say) -> Judged | None:
    """One sample, for a schedule; raises ServiceRefused while a monitor runs."""
    layout = settings.layout
    with (
        soak_service(layout).only(),
        closing(Monitor(layout, means_of(settings, gateway=gateway), say=say)) as monitor,
    ):
        return monitor.look()


def arm(layout: Layout, *, is_armed: bool, by: str) -> None:
    """Arm or disarm the way back; raises SettingsError without a name."""
    if not by.strip():
        raise SettingsError("--by: a name is kept with it")
    with closing(SoakStore(layout)) as store:
        now = WallClock().now().isoformat(timespec="milliseconds")
        store.arm(is_armed=is_armed, by=by.strip(), at=now)


def _samples(layout: Layout) -> int:
    try:
        with reading(soak_file(layout)) as connection:
            return int(connection.execute("SELECT count(*) FROM soak_sample").fetchone()[0])
    except sqlite3.DatabaseError:
        return 0


def _interrupt_on_signals() -> None:
    """End at whatever is being done: all of it can be killed at any moment. Once is enough."""
    if threading.current_thread() is not threading.main_thread():
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, signal.SIG_IGN)
        raise KeyboardInterrupt

    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, interrupt)
