"""Worker processes that end with the process that started them, also when that is killed.

Holds no work. A pool of the standard library waits for tasks for ever once its owner is gone.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any


def worker_pool(
    workers: int, *, begin: Callable[..., None] | None = None, given: tuple[Any, ...] = ()
) -> ProcessPoolExecutor:
    """A pool of new processes (nothing is inherited); each calls `begin(*given)` once."""
    return ProcessPoolExecutor(
        max_workers=workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begun,
        initargs=(begin, given),
    )


def _begun(begin: Callable[..., None] | None, given: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of Ctrl-C the owner hears, and ends
    threading.Thread(target=_end_with_owner, daemon=True).start()
    if begin is not None:
        begin(*given)


def _end_with_owner() -> None:
    owner = multiprocessing.parent_process()
    if owner is not None:
        owner.join()
        os._exit(1)
