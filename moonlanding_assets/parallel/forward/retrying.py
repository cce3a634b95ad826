"""An event of the quarantine tried again: by the sync that runs, or here where none does."""

import threading
import time
from contextlib import closing

from moonlanding_assets.errors import SyncError
from moonlanding_assets.parallel.forward.resolving import (
    ask_for_retry,
    events_aside,
    retried_up_to,
    retry_what_was_asked,
)
from moonlanding_assets.parallel.service.opening import open_sync
from moonlanding_assets.parallel.service.process import sync_service
from moonlanding_assets.settings import Layout

_LOOK_SECONDS = 0.2


def retry(layout: Layout, event_id: str, *, by: str, wait_seconds: float) -> bool:
    """Whether the event is carried now. Raises SyncError when the running sync does not answer."""
    database = layout.database("100%")
    number = ask_for_retry(database, event_id, by=by)
    service = sync_service(layout)
    if service.process() is None:
        with service.only(), closing(open_sync(layout)) as sync, closing(sync.present):
            retry_what_was_asked(sync)
    else:
        _wait(layout, number, wait_seconds)
    return all(one.event_id != event_id for one in events_aside(database))


def _wait(layout: Layout, number: int, wait_seconds: float) -> None:
    until, pause = time.monotonic() + wait_seconds, threading.Event()
    while retried_up_to(layout.database("100%")) < number:
        if time.monotonic() > until:
            raise SyncError(
                f"the sync has not tried it within {wait_seconds:g} s: see `moonlanding parallel "
                "status`. It is noted, and will be tried"
            )
        pause.wait(_LOOK_SECONDS)
